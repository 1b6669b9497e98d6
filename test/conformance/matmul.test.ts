// Matrix products and gathers against the reference engine.
import { matmulCases } from './cases/matmul.ts';
import { testConformance } from './conformance.ts';

testConformance(matmulCases);
