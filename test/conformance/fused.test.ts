// Our own kernels against their definitions on the reference engine.
import { fusedCases } from './cases/fused.ts';
import { testConformance } from './conformance.ts';

testConformance(fusedCases);
