// What is said of small and large networks: all over seeds, and paired by seed where two are compared.
import { InvariantError } from '../../errors.ts';
import { overSeeds, sideOf, type OverSeeds } from '../over-seeds.ts';
import type { SetName } from './settings.ts';
import type { Denoiser, Drawn, ToyRun } from './study.ts';

export function runsOf(runs: readonly ToyRun[], set: SetName, denoiser: Denoiser): ToyRun[] {
  return runs.filter((run) => run.set === set && run.denoiser === denoiser);
}

/** Excess by frequency after `step`; left out: at the end. */
export function excessOf({ curve }: ToyRun, step?: number): readonly number[] {
  const point = step === undefined ? curve.at(-1) : curve.find((one) => one.step === step);
  if (point === undefined) throw new InvariantError(`no excess was measured after step ${step ?? 'last'}`);
  return point.excess;
}

function drawnOf({ drawn, set }: ToyRun): Drawn {
  if (drawn === undefined) throw new InvariantError(`nothing was drawn of ${set}`);
  return drawn;
}

/** The share of drawn signals in which this frequency is the strongest. */
export function shareOf(
  runs: readonly ToyRun[],
  set: SetName,
  denoiser: Denoiser,
  frequency: number,
): OverSeeds {
  return overSeeds(
    runsOf(runs, set, denoiser).map((run) => {
      const { strongest } = drawnOf(run);
      return strongest.filter((one) => one === frequency).length / strongest.length;
    }),
  );
}

/** Mean magnitude at frequencies that the data do not have. */
export function strayOf(runs: readonly ToyRun[], set: SetName, denoiser: Denoiser): OverSeeds {
  return overSeeds(
    runsOf(runs, set, denoiser).map((run) =>
      mean(drawnOf(run).magnitudes.filter((_, frequency) => frequency !== 3 && frequency !== 5)),
    ),
  );
}

/** At how many of all frequencies the small network's excess is shown to be larger than the large one's. */
export function worseAt(
  runs: readonly ToyRun[],
  set: SetName,
  [small, large]: readonly [number, number],
): { readonly worse: number; readonly of: number } {
  const pairs = runsOf(runs, set, small).map((run, i) => [run, runsOf(runs, set, large)[i]!] as const);
  const frequencies = excessOf(pairs[0]![0]).length;
  const differences = Array.from({ length: frequencies }, (_, f) =>
    overSeeds(pairs.map(([ours, theirs]) => excessOf(ours)[f]! - excessOf(theirs)[f]!)),
  );
  return { worse: differences.filter((found) => sideOf(found) === 1).length, of: frequencies };
}

/** The lower and the upper frequencies of each set. */
const halves: Readonly<Record<SetName, readonly [low: readonly number[], high: readonly number[]]>> = {
  paper: [[3], [5]],
  swapped: [[3], [5]],
  sums: [
    [1, 2, 3, 4],
    [5, 6, 7, 8],
  ],
};

/**
 * By how many powers of two the small network's excess over the large one's is greater at the upper frequencies than at the
 * lower ones.
 */
export function contrast(
  runs: readonly ToyRun[],
  set: SetName,
  [small, large]: readonly [number, number],
): OverSeeds {
  const [low, high] = halves[set];
  const larges = runsOf(runs, set, large);
  return overSeeds(
    runsOf(runs, set, small).map((run, i) => {
      const [ours, theirs] = [excessOf(run), excessOf(larges[i]!)];
      const factor = (frequency: number): number => Math.log2(ours[frequency]! / theirs[frequency]!);
      return mean(high.map(factor)) - mean(low.map(factor));
    }),
  );
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
