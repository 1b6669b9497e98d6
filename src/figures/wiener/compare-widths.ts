// The paper's law on fields whose optimum is known: whether a narrow network misses more than a wide one the higher the
// frequency. All comparisons are paired by seed, on logarithms of the excess: a factor has no unit.
import type { IntervalPoint } from '../../report/plots/interval-lines.ts';
import { overSeeds, sideOf, spoken, type OverSeeds } from '../over-seeds.ts';
import type { UNetPoint, WienerStudy } from './study.ts';

/** Noise levels with so much of x0 left count as little noise, where the paper sees the bias most. */
const littleNoise = 0.5;

type Selection = (point: UNetPoint) => boolean;

const selections: readonly { readonly name: string; readonly of: Selection }[] = [
  { name: 'all noise levels', of: () => true },
  { name: `little noise (ᾱ > ${littleNoise})`, of: ({ alphaBar }) => alphaBar > littleNoise },
];

/** Mean excess over noise levels by ring, of one network. */
function meanExcess({ unets }: WienerStudy, width: number, seed: number, selected: Selection): number[] {
  const points = unets.filter((point) => point.width === width && point.seed === seed && selected(point));
  return (points[0]?.excess ?? []).map(
    (_, ring) => points.reduce((sum, { excess }) => sum + excess[ring]!, 0) / points.length,
  );
}

function seedsOf({ unets }: WienerStudy): number[] {
  return [...new Set(unets.map(({ seed }) => seed))];
}

/** A ring's values over seeds as a point with its interval. */
function ringPoints(bySeed: readonly (readonly number[])[]): IntervalPoint[] {
  return (bySeed[0] ?? []).map((_, ring) => {
    const { mean, half } = overSeeds(bySeed.map((values) => values[ring]!));
    return { x: ring, y: mean, half };
  });
}

/** Excess by ring, mean over noise levels, for each width. */
export function excessCurves(
  study: WienerStudy,
  widths: readonly number[],
): { readonly width: number; readonly points: IntervalPoint[] }[] {
  return widths.map((width) => ({
    width,
    points: ringPoints(seedsOf(study).map((seed) => meanExcess(study, width, seed, () => true))),
  }));
}

/** log2 of the narrowest network's excess over the widest's, by ring, seed by seed. */
function logFactors(study: WienerStudy, widths: readonly number[], selected: Selection): number[][] {
  return seedsOf(study).map((seed) => {
    const wide = meanExcess(study, widths.at(-1)!, seed, selected);
    return meanExcess(study, widths[0]!, seed, selected).map((excess, ring) =>
      Math.log2(excess / wide[ring]!),
    );
  });
}

/** The same with intervals, over all noise levels and over those with little noise. */
export function factors(
  study: WienerStudy,
  widths: readonly number[],
): { readonly name: string; readonly points: IntervalPoint[] }[] {
  return selections.map(({ name, of }) => ({ name, points: ringPoints(logFactors(study, widths, of)) }));
}

/** By how many powers of two the factor is larger in the upper half of the rings than in the lower. */
export function tilt(
  study: WienerStudy,
  widths: readonly number[],
  size: number,
  selected: Selection,
): OverSeeds {
  const middle = size / 4;
  const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
  return overSeeds(
    logFactors(study, widths, selected).map((byRing) => {
      const low = byRing.filter((_, ring) => ring < middle);
      const high = byRing.filter((_, ring) => ring >= middle);
      return mean(high) - mean(low);
    }),
  );
}

const verdicts = {
  1: "so the paper's law is shown here",
  0: "whose interval holds 0: the paper's law is not shown here",
  '-1': "which is the opposite of the paper's law: here it is refuted",
} as const;

/** The reading of the plots in a sentence. */
export function verdictOf(study: WienerStudy, widths: readonly number[], size: number): string {
  const all = overSeeds(
    logFactors(study, widths, () => true).map(
      (byRing) => byRing.reduce((sum, x) => sum + x, 0) / byRing.length,
    ),
  );
  const said = selections.map(({ name, of }) => {
    const found = tilt(study, widths, size, of);
    return `over ${name} by ${spoken(found)} in log2, ${verdicts[sideOf(found)]}`;
  });
  return `A UNet of ${widths[0]!} channels misses 2^(${spoken(all)}) times as much of the optimum as one of ${widths.at(-1)!}; from the lower to the upper half of the frequencies that factor changes ${said.join('; ')}.`;
}
