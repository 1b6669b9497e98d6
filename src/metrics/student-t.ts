// Student's t distribution: what a mean of a few values allows to be said. Both functions go through the regularised
// incomplete beta function, P(|T| > t) = I_x(n/2, 1/2) with x = n / (n + t^2) for n degrees of freedom (Abramowitz &
// Stegun 26.7.1).
import { InvariantError } from '../errors.ts';

/** Probability that |T| exceeds |t|, T of Student's t distribution with `degrees` degrees of freedom. */
export function twoSidedTail(t: number, degrees: number): number {
  if (!(degrees > 0)) throw new InvariantError(`${degrees} degrees of freedom`);
  return incompleteBeta(degrees / 2, 0.5, degrees / (degrees + t * t));
}

/** The t that |T| stays below with probability `level`: 12.71 for one degree of freedom at 0.95. */
export function twoSidedQuantile(level: number, degrees: number): number {
  let [low, high] = [0, 1];
  while (twoSidedTail(high, degrees) > 1 - level) high *= 2;
  while (high - low > 1e-13 * high) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) break;
    if (twoSidedTail(middle, degrees) > 1 - level) low = middle;
    else high = middle;
  }
  return high;
}

/** I_x(a, b), by the continued fraction of A&S 26.5.8 on the side where it converges fast. */
function incompleteBeta(a: number, b: number, x: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2)
    ? (front * betaFraction(a, b, x)) / a
    : 1 - (front * betaFraction(b, a, 1 - x)) / b;
}

/** The continued fraction of I_x(a, b), by Lentz's method. */
function betaFraction(a: number, b: number, x: number): number {
  const tiny = 2 ** -1022; // the smallest normal number
  const kept = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / kept(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m <= 500; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / kept(1 + even * d);
    c = kept(1 + even / c);
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / kept(1 + odd * d);
    c = kept(1 + odd / c);
    const factor = d * c;
    value *= factor;
    if (Math.abs(factor - 1) < 1e-15) return value;
  }
  return value;
}

/** Lanczos' approximation with g = 7 and nine terms; about 15 digits for x > 0. */
function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const shifted = x - 1;
  const base = shifted + 7.5;
  const sum = lanczos.reduce((total, term, i) => total + (i === 0 ? term : term / (shifted + i)), 0);
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(base) - base + Math.log(sum);
}

const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const;
