import { describe, expect, it } from 'vitest';
import { magnitudes } from '../../../../src/figures/toy/fourier.ts';
import { besselRatio, singleCosines, sumsOfSines } from '../../../../src/figures/toy/signals.ts';
import { normal } from '../../../../src/rng/noise.ts';

const length = 16;

/** Mean of `candidates` weighted by their likelihood given `noisy`. */
function posteriorMean(
  noisy: Float32Array,
  alphaBar: number,
  candidates: readonly (readonly [number, number[]])[],
) {
  const logs = candidates.map(([prior, x0]) => {
    const distance = x0.reduce((sum, x, i) => sum + (noisy[i]! - Math.sqrt(alphaBar) * x) ** 2, 0);
    return Math.log(prior) - distance / (2 * (1 - alphaBar));
  });
  const most = Math.max(...logs);
  const weights = logs.map((log) => Math.exp(log - most));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return Array.from(noisy, (_, i) =>
    candidates.reduce((sum, [, x0], j) => sum + (weights[j]! / total) * x0[i]!, 0),
  );
}

const wave = (f: (x: number) => number): number[] => Array.from({ length }, (_, i) => f(i / length));

describe('single cosines', () => {
  const set = singleCosines('test', length, [
    { frequency: 3, probability: 0.8 },
    { frequency: 5, probability: 0.2 },
  ]);

  it('are drawn with their probabilities', () => {
    const strongest = magnitudes(set.draw(0, 'test', 0, 500), length);
    const threes = Array.from({ length: 500 }, (_, row) => strongest[row * 9 + 3]!).filter(
      (x) => x > 1,
    ).length;
    expect(threes / 500).toBeCloseTo(0.8, 1);
  });

  it('are restored by Bayes', () => {
    const alphaBar = 0.1;
    const noisy = normal(0, 'test/noisy', 0, 0, length);
    const cosine = (k: number) => wave((x) => Math.cos(2 * Math.PI * k * x));
    const expected = posteriorMean(noisy, alphaBar, [
      [0.8, cosine(3)],
      [0.2, cosine(5)],
    ]);
    for (const [i, value] of set.restore(noisy, alphaBar).entries())
      expect(value).toBeCloseTo(expected[i]!, 6);
  });
});

describe('sums of sines', () => {
  it('have amplitudes 1 / f', () => {
    const found = magnitudes(sumsOfSines('test', length, 3).draw(0, 'test', 0, 1), length);
    expect(Array.from(found, (x) => Number(((2 * x) / length).toFixed(5)))).toEqual([
      ...[0, 1, 0.5, 0.33333],
      ...[0, 0, 0, 0, 0],
    ]);
  });

  it('are restored as the mean over all phases', () => {
    const alphaBar = 0.2;
    const noisy = normal(1, 'test/noisy', 0, 0, length);
    const phases = Array.from({ length: 720 }, (_, j): [number, number[]] => [
      1,
      wave((x) => Math.sin(2 * Math.PI * (x + j / 720))),
    ]);
    const expected = posteriorMean(noisy, alphaBar, phases);
    const found = sumsOfSines('test', length, 1).restore(noisy, alphaBar);
    for (const [i, value] of found.entries()) expect(value).toBeCloseTo(expected[i]!, 6);
  });
});

it('computes I1 / I0', () => {
  // Abramowitz & Stegun, table 9.8: I0(1) = 1.26606588, I1(1) = 0.56515910.
  expect(besselRatio(1)).toBeCloseTo(0.5651591 / 1.26606588, 7);
  expect(besselRatio(0)).toBe(0);
  expect(besselRatio(200.001) - besselRatio(199.999)).toBeLessThan(1e-6);
});
