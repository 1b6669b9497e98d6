// Convolution, its gradients and pooling against the reference engine.
import { convCases } from './cases/conv.ts';
import { testConformance } from './conformance.ts';

testConformance(convCases);
