// Reductions, running sums and softmax against the reference engine.
import { reduceCases } from './cases/reduce.ts';
import { testConformance } from './conformance.ts';

testConformance(reduceCases);
