// The tables of a sweep's analysis, without a format (formats/ lays them out): a row per cell, and a row per run and
// timestep for machines.
import { halfWidth, pValue, verdict } from '../../metrics/confidence.ts';
import { meanSd, type MeanSd } from '../../metrics/statistics.ts';
import type { AnalyzedRun, SweepAnalysis } from '../../results/sweep-analysis.ts';
import { cellLabel } from '../cell-label.ts';
import {
  asChange,
  cellLogRatio,
  comparedWith,
  factorText,
  littleNoise,
  logDifference,
  logRatio,
  lossParts,
} from './cell-losses.ts';
import { absent, numberCell, textCell } from './cells.ts';
import type { Cell, Column, ResultsTable } from './table.ts';

const left = (key: string, title: string): Column => ({ key, title, align: 'left' });
const right = (key: string, title: string): Column => ({ key, title, align: 'right' });
const machine = (key: string): Column => ({ key, title: key, align: 'right', machineOnly: true });

/** Printed, its logarithm's mean, half of its interval and p value. */
function logColumns(key: string, title: string): Column[] {
  return [right(key, title), machine(`${key}_log_ci95`), machine(`${key}_log_p`)];
}

/** A mean of logarithms as what they are logarithms of, with its interval. */
function logCells(log: MeanSd | undefined, format: (factor: number) => string): Cell[] {
  if (log === undefined) return [absent, absent, absent];
  return [
    { text: factorText(log, format), value: numberCell(Math.exp(log.mean)).value },
    numberCell(halfWidth(log)),
    numberCell(pValue(log)),
  ];
}

const asFactor = (factor: number): string => factor.toFixed(3);

/** How much more than their teachers the students of each cell lose, and what that is beside the baseline. */
export function cellLossTable(analysis: SweepAnalysis): ResultsTable {
  const parts = lossParts(analysis);
  const all = Object.values(parts);
  const { sweep, cells, count, timesteps, cutoff, seeds, toggles } = analysis;
  const top = littleNoise(analysis).at(-1)!;
  const tilt = (run: AnalyzedRun): number => logRatio(run, parts.high) - logRatio(run, parts.low);
  const titles = ['loss', `loss, t ≤ ${top}`, `low, t ≤ ${top}`, `high, t ≤ ${top}`];
  return {
    title: `${sweep}: loss over the teacher's`,
    columns: [
      left('cell', 'cell'),
      machine('id'),
      right('seeds', 'seeds'),
      ...all.flatMap(({ key }, i) => logColumns(key, titles[i]!)),
      ...logColumns('tilt', `high over low, t ≤ ${top}`),
      ...all.flatMap(({ key }, i) => logColumns(`${key}_change`, `Δ ${titles[i]!}, %`)),
      ...logColumns('tilt_change', 'Δ high over low, %'),
      left('effect', 'effect'),
    ],
    rows: cells.map((cell) => {
      const baseline = comparedWith(analysis, cell);
      const against = (measure: (run: AnalyzedRun) => number): MeanSd | undefined =>
        baseline && logDifference(cell, baseline, measure);
      const change = against((run) => logRatio(run, parts.all));
      return [
        textCell(cellLabel(cell)),
        textCell(cell.id),
        { text: String(cell.runs.length), value: cell.runs.length },
        ...all.flatMap((part) => logCells(cellLogRatio(cell, part), asFactor)),
        ...logCells(meanSd(cell.runs.map(tilt)), asFactor),
        ...all.flatMap((part) =>
          logCells(
            against((run) => logRatio(run, part)),
            asChange,
          ),
        ),
        ...logCells(against(tilt), asChange),
        change === undefined ? absent : textCell(verdict(change)),
      ];
    }),
    notes: [
      {
        text:
          `Error of the predicted noise over the teacher's, on the same ${count} images with the same noise: geometric mean over ` +
          `${timesteps.length} timesteps, or those up to ${top}, then over the seeds, with its 95 % interval (Student's t). low: the part below ${cutoff} cycles per pixel; high: the rest.`,
      },
      {
        text:
          `high over low: how much more (above 1) is lost of the high part than of the low one, beside the teacher. ` +
          `Δ: beside ${toggles.length > 0 ? 'the cell with all switches off' : 'the first cell'}, paired by seed; effect: of the loss at all timesteps, shown where the interval excludes 0. ` +
          `Δ high over low: how much more (below 0) or less the high part gains than the low one. Intervals are of single differences, not corrected for their number.`,
      },
      ...(seeds.length < 2 ? [{ text: 'One seed has no interval.' }] : []),
      ...(analysis.missing.length > 0 ? [{ text: `Not trained: ${analysis.missing.join(', ')}.` }] : []),
    ],
  };
}

/** Every loss of every run, for machines. */
export function runLossTable({ sweep, cells }: SweepAnalysis): ResultsTable {
  const parts = ['loss', 'low', 'high'] as const;
  return {
    title: `${sweep}: losses of all runs`,
    columns: [
      left('cell', 'cell'),
      right('seed', 'seed'),
      right('t', 't'),
      ...parts.map((part) => right(part, part)),
      ...parts.flatMap((part) => [
        right(`${part}_ratio`, `${part}/teacher`),
        right(`${part}_ratio_se`, `${part}/teacher, standard error`),
      ]),
    ],
    rows: cells.flatMap((cell) =>
      cell.runs.flatMap(({ seed, losses }) =>
        losses.map(({ t, ratio, ...point }) => [
          textCell(cell.id),
          numberCell(seed),
          { text: String(t), value: t },
          ...parts.map((part) => numberCell(point[part].value)),
          ...parts.flatMap((part) => [numberCell(ratio?.[part].value), numberCell(ratio?.[part].error)]),
        ]),
      ),
    ),
    notes: [],
  };
}
