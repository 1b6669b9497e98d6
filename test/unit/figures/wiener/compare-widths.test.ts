import { describe, expect, it } from 'vitest';
import { factors, tilt, verdictOf } from '../../../../src/figures/wiener/compare-widths.ts';
import type { WienerStudy } from '../../../../src/figures/wiener/study.ts';

const [size, widths] = [8, [4, 16]] as const;

/** Networks of which the narrow one misses 2^(bend ring) times what the wide one does, and a little else by seed. */
function study(bend: number, jitter = 0.01): WienerStudy {
  const unets = widths.flatMap((width) =>
    [0, 1, 2].map((seed) => ({
      ...{ width, seed, t: 10, alphaBar: 0.9 },
      excess: [0, 1, 2, 3, 4].map((ring) => (width === 4 ? 2 ** ((bend + (seed - 1) * jitter) * ring) : 1)),
      optimum: [1, 1, 1, 1, 1],
    })),
  );
  return { filters: [], unets };
}

describe('comparing widths', () => {
  it('takes factors by ring, paired by seed', () => {
    const [all] = factors(study(0.5), widths);
    expect(all!.points.map(({ x, y }) => [x, Number(y.toFixed(9))])).toEqual([
      [0, 0],
      [1, 0.5],
      [2, 1],
      [3, 1.5],
      [4, 2],
    ]);
    // Rings 2 to 4 against 0 and 1.
    expect(tilt(study(0.5), widths, size, () => true).mean).toBeCloseTo(1.5 - 0.25, 9);
  });

  it.each([
    [0.5, 0.01, "the paper's law is shown"],
    [-0.5, 0.01, 'it is refuted'],
    [0.05, 1, 'is not shown'],
  ])('says what a bend of %d with a scatter of %d shows', (bend, jitter, words) => {
    expect(verdictOf(study(bend, jitter), widths, size)).toContain(words);
  });
});
