// What the table, plots and page of a sweep have in common: per cell the mean over its seeds, which cell each is
// compared with, and which is best.
import { cardDigest } from '../../results/metric-card.ts';
import { meanSd, type MeanSd } from '../../metrics/statistics.ts';
import type { SweepCellResult, SweepManifest, SweepRunResult } from '../../results/sweep-manifest.ts';

/** What is known of a cell beside its manifest. */
export interface CellSummary {
  readonly cell: SweepCellResult;
  readonly done: readonly SweepRunResult[];
  /** FID over the seeds; absent where none was measured or the cards of the seeds differ. */
  readonly fid?: MeanSd;
  /** Card digest of the FIDs. */
  readonly card?: string;
  /** FIDs exist but were taken differently from seed to seed. */
  readonly mixedCards: boolean;
}

export interface SweepSummary {
  readonly cells: readonly CellSummary[];
  /** The cell that each is compared with: all switches off, same axes; without switches the first cell. */
  readonly baselineOf: (cell: CellSummary) => CellSummary | undefined;
  readonly best: CellSummary | undefined;
}

/** Gathers per cell what tables and plots show. */
export function summarizeSweep({ cells, toggles, seeds }: SweepManifest): SweepSummary {
  const summaries = cells.map(summarizeCell);
  const baselineOf = ({ cell }: CellSummary): CellSummary | undefined =>
    toggles.length === 0
      ? summaries[0]
      : summaries.find(
          (other) =>
            toggles.every((name) => other.cell.toggles[name] === false) &&
            JSON.stringify(other.cell.axes) === JSON.stringify(cell.axes),
        );
  const yardstick = summaries.find(({ card }) => card !== undefined)?.card;
  // A cell that lacks seeds may only look best.
  const complete = summaries.filter(({ fid, card }) => fid?.n === seeds.length && card === yardstick);
  const best = complete.reduce<CellSummary | undefined>(
    (lowest, one) => (lowest === undefined || one.fid!.mean < lowest.fid!.mean ? one : lowest),
    undefined,
  );
  return { cells: summaries, baselineOf, best };
}

function summarizeCell(cell: SweepCellResult): CellSummary {
  const done = cell.runs.filter(({ status }) => status === 'done');
  const fids = done.flatMap(({ model }) => (model?.fid ? [model.fid] : []));
  const cards = new Set(fids.map(({ card }) => cardDigest(card)));
  if (cards.size !== 1) return { cell, done, mixedCards: cards.size > 1 };
  const fid = meanSd(fids.map(({ value }) => value));
  return { cell, done, mixedCards: false, card: [...cards][0]!, ...(fid ? { fid } : {}) };
}

/** Differences of FID to the baseline, seed by seed, over the seeds that both have. */
export function pairedDifference(one: CellSummary, baseline: CellSummary): MeanSd | undefined {
  const fidOf = ({ done }: CellSummary, seed: number): number | undefined =>
    done.find((run) => run.seed === seed)?.model?.fid?.value;
  return meanSd(
    one.done.flatMap(({ seed }) => {
      const [here, there] = [fidOf(one, seed), fidOf(baseline, seed)];
      return here === undefined || there === undefined ? [] : [here - there];
    }),
  );
}
