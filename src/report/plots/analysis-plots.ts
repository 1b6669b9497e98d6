// The curves of an analysis over the timestep: losses, how they compare with the teacher's, and gates (Fig. 9).
import { copyName } from '../table/analysis-tables.ts';
import type { Analysis, ByBand, GateCurves, LossPoint } from '../../results/analysis.ts';
import type { SweepAnalysis } from '../../results/sweep-analysis.ts';
import { cellLabel } from '../cell-label.ts';
import { cellLogRatio } from '../table/cell-losses.ts';
import { lines, seriesColors, type Point } from './plots.ts';

type Part = keyof ByBand;

function timestepAxis({ timesteps }: Pick<Analysis, 'timesteps'>): {
  name: string;
  range: readonly [number, number];
} {
  return { name: 'timestep t (1: hardly any noise)', range: [0, timesteps.at(-1)! + 1] };
}

function curve(points: readonly LossPoint[], value: (point: LossPoint) => number): Point[] {
  return points.flatMap((point): Point[] => (point.t === 'all' ? [] : [[point.t, value(point)]]));
}

const partNames: Readonly<Record<Part, string>> = {
  loss: 'loss',
  low: 'low-frequency part',
  high: 'high-frequency part',
};

/** A part of every model's loss on a logarithmic axis; the dashed line is that of a copy of the input. */
export function errorPlot(analysis: Analysis, part: Part): string | undefined {
  const points = (losses: readonly LossPoint[]): Point[] =>
    curve(losses, (point) => point[part].value).filter(([, value]) => value > 0);
  return lines(
    { name: `error-${part}`, x: timestepAxis(analysis), y: { name: partNames[part], log: true } },
    [
      ...analysis.models.map(({ name, losses }) => ({ name, points: points(losses) })),
      { name: copyName, points: points(analysis.copy), dashed: true },
    ],
  );
}

/** A part of the students' loss over that of the teacher, which is the dashed line at 1; undefined without a teacher. */
export function ratioPlot(analysis: Analysis, part: Part): string | undefined {
  const students = analysis.models.filter(({ name }) => name !== 'teacher');
  if (students.length === 0 || students.length === analysis.models.length) return undefined;
  return lines(
    { name: `ratio-${part}`, x: timestepAxis(analysis), y: { name: `${partNames[part]} / teacher's` } },
    analysis.models.map((model, i) => ({
      name: model.name,
      points: curve(model.losses, ({ ratio }) => ratio?.[part].value ?? 1),
      ...(model.name === 'teacher' ? { dashed: true } : { color: seriesColors[i % seriesColors.length]! }),
    })),
  );
}

/** A part of the loss of each cell's students over the teacher's, geometric mean over the seeds. */
export function cellRatioPlot(analysis: SweepAnalysis, part: Part): string | undefined {
  const cells = analysis.cells.filter(({ runs }) => runs.length > 0);
  if (cells.length > seriesColors.length) return undefined;
  return lines(
    {
      name: `ratio-${part}`,
      x: timestepAxis(analysis),
      y: { name: `${partNames[part]} / teacher's` },
      wide: true,
    },
    cells.map((cell) => ({
      name: cellLabel(cell),
      points: analysis.timesteps.map((t): Point => {
        const log = cellLogRatio(cell, { key: 'one', band: part, timesteps: [t] });
        return [t, Math.exp(log!.mean)];
      }),
    })),
  );
}

/** The gates by band, mean over `modules`; `name` tells plots of a page apart. */
export function gatePlot(
  analysis: Analysis,
  name: string,
  modules: readonly GateCurves[],
): string | undefined {
  if (modules.length === 0) return undefined;
  const mean = (i: number, band: number): number =>
    modules.reduce((sum, module) => sum + module.mean[i]![band]!, 0) / modules.length;
  return lines(
    { name, x: timestepAxis(analysis), y: { name: 'gate' } },
    analysis.bands.map((title, band) => ({
      name: title,
      points: analysis.timesteps.map((t, i): Point => [t, mean(i, band)]),
    })),
  );
}
