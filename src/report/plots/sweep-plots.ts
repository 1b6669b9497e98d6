// The plots of a sweep as inline SVG: FID of every cell with its seeds, and the cells' mean training losses.
import type { CurvePoint, ModelResult } from '../../results/manifest.ts';
import { ink, lossPlot, render, seriesColors } from './plots.ts';
import { doneModels, type CellSettings, type SweepManifest } from '../../results/sweep-manifest.ts';
import { fidOver } from '../table/measured.ts';
import { cellLabel } from '../cell-label.ts';
import { sweepRows } from '../table/sweep-rows.ts';

/** More cells than this are a table, not a picture. */
const maxCells = 32;

/** A cell's values over its seeds, and what stands for them all. */
export interface CellDots {
  readonly cell: CellSettings;
  readonly seeds: readonly number[];
  readonly mean: number;
}

/** A dot for every seed of every cell, a bar for its mean; undefined for no cells or too many. */
export function dotsByCell(name: string, yName: string, cells: readonly CellDots[]): string | undefined {
  if (cells.length === 0 || cells.length > maxCells) return undefined;
  const labels = cells.map(({ cell }) => cellLabel(cell).replaceAll(' + ', ' +\n').replaceAll(', ', ',\n'));
  return render(
    { name, x: { name: 'cell' }, y: { name: yName }, categories: labels, legend: true, wide: true },
    [
      {
        type: 'scatter',
        name: 'mean',
        symbol: 'rect',
        symbolSize: [40, 3],
        itemStyle: { color: ink },
        data: cells.map(({ mean }, i) => [i, mean]),
      },
      {
        type: 'scatter',
        name: 'seeds',
        symbolSize: 9,
        itemStyle: { color: seriesColors[2] },
        data: cells.flatMap(({ seeds }, i) => seeds.map((value) => [i, value])),
      },
    ],
  );
}

/** FID by cell. */
export function cellPlot(manifest: SweepManifest): string | undefined {
  const cells = sweepRows(manifest).cells.flatMap((row): CellDots[] => {
    const fid = fidOver(row);
    return fid === undefined
      ? []
      : [{ cell: row.cell, seeds: fid.values.map(({ value }) => value), mean: fid.average.mean }];
  });
  return dotsByCell('cells', 'FID', cells);
}

/** Training loss of every cell, the mean over its seeds. */
export function cellLossPlot(manifest: SweepManifest): string | undefined {
  const { cells } = sweepRows(manifest);
  if (cells.length > seriesColors.length) return undefined;
  return lossPlot(
    'loss',
    cells.map((row) => ({ name: cellLabel(row.cell), curve: meanCurve(doneModels(row.cell)) })),
    true,
  );
}

/** Point by point over the models whose curves have as many points as the first's. */
export function meanCurve(models: readonly ModelResult[]): CurvePoint[] {
  const curves = models.map(({ curve }) => curve);
  const same = curves.filter((curve) => curve.length === curves[0]!.length);
  return (same[0] ?? []).map(({ step }, i) => ({
    step,
    loss: same.reduce((sum, curve) => sum + curve[i]!.loss, 0) / same.length,
  }));
}
