// Sine and cosine by products and sums alone. WGSL allows its own to be off by 2^-11, and by more outside [-pi, pi];
// timestep embeddings ask for cosines of up to 1,000.
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/ir.ts';
import { add, arithmetic, mul } from './elementwise.ts';

/** 2 pi as three numbers, of which the first two have zeros at the end, so that their products with turns are exact. */
const turn = [6.28125, 0.00193500518798828125, 3.0199159795e-7] as const;

/** Taylor coefficients of sin(x) / x and of cos(x) in x^2; the first that is left out is below 1e-8 on [-pi/2, pi/2]. */
const sineTerms = [1, -1 / 6, 1 / 120, -1 / 5040, 1 / 362_880, -1 / 39_916_800, 1 / 6_227_020_800];
const cosineTerms = [1, -1 / 2, 1 / 24, -1 / 720, 1 / 40_320, -1 / 3_628_800, 1 / 479_001_600];

/** sin(x), by sin(2h) = 2 sin(h) cos(h). Off by less than 1e-6 for |x| up to 10,000 in float32. */
export function sine(b: GraphBuilder, x: Value): Value {
  const { sin, cos } = ofHalf(b, x);
  return mul(b, scalar(b, 2), mul(b, sin, cos));
}

/** cos(x), by cos(2h) = 1 - 2 sin(h)^2. */
export function cosine(b: GraphBuilder, x: Value): Value {
  const { sin } = ofHalf(b, x);
  return arithmetic(b, 'Sub', scalar(b, 1), mul(b, scalar(b, 2), mul(b, sin, sin)));
}

/** Sine and cosine of half the angle, once whole turns are taken from it: of an angle in [-pi/2, pi/2]. */
function ofHalf(b: GraphBuilder, x: Value): { readonly sin: Value; readonly cos: Value } {
  const turns = b.op('Floor', [add(b, mul(b, x, scalar(b, 1 / (2 * Math.PI))), scalar(b, 0.5))], x);
  const rest = turn.reduce((left, part) => arithmetic(b, 'Sub', left, mul(b, turns, scalar(b, part))), x);
  const half = mul(b, rest, scalar(b, 0.5));
  const square = mul(b, half, half);
  return { sin: mul(b, half, horner(b, square, sineTerms)), cos: horner(b, square, cosineTerms) };
}

function horner(b: GraphBuilder, x: Value, terms: readonly number[]): Value {
  return terms
    .slice(0, -1)
    .reduceRight((sum, term) => add(b, mul(b, sum, x), scalar(b, term)), scalar(b, terms.at(-1)!));
}

function scalar(b: GraphBuilder, value: number): Value {
  return b.fill(Math.fround(value), { shape: [], dtype: 'float32' });
}
