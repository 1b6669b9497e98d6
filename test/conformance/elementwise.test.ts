// Arithmetic, comparisons, logic and selection against the reference engine.
import { elementwiseCases } from './cases/elementwise.ts';
import { testConformance } from './conformance.ts';

testConformance(elementwiseCases);
