// Functions of one tensor against the reference engine.
import { unaryCases } from './cases/unary.ts';
import { testConformance } from './conformance.ts';

testConformance(unaryCases);
