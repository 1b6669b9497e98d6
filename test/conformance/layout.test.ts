// Shape and layout against the reference engine.
import { layoutCases } from './cases/layout.ts';
import { testConformance } from './conformance.ts';

testConformance(layoutCases);
