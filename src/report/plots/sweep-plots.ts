// The plots of a sweep as inline SVG: FID of every cell with its seeds, and the cells' mean training losses.
import type { CurvePoint } from '../../results/manifest.ts';
import { ink, lossPlot, render, seriesColors } from './plots.ts';
import type { SweepManifest } from '../../results/sweep-manifest.ts';
import { fidOver } from '../table/measured.ts';
import { sweepRows, type CellRow } from '../table/sweep-rows.ts';

const toggleNames: Readonly<Record<string, string>> = {
  waveletGating: 'WG',
  spatial: 'spatial',
  freq: 'freq',
};

/** More cells than this are a table, not a picture. */
const maxCells = 32;

/** `WG + freq`, with the values of the axes; `none` where nothing is on. */
export function cellLabel({ cell }: CellRow): string {
  const on = Object.entries(cell.toggles).flatMap(([name, value]) =>
    value ? [toggleNames[name] ?? name] : [],
  );
  const axes = cell.axes.map(({ key, value }) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return `${key.split('.').at(-1)!} ${text}`;
  });
  const switches = Object.keys(cell.toggles).length === 0 ? [] : [on.join(' + ') || 'none'];
  return [...switches, ...axes].join(', ') || cell.id;
}

/** FID by cell: a dot for every seed, a bar for their mean; undefined where nothing was measured. */
export function cellPlot(manifest: SweepManifest): string | undefined {
  const cells = sweepRows(manifest).cells.flatMap((row) => {
    const fid = fidOver(row);
    return fid === undefined ? [] : [{ row, fid }];
  });
  if (cells.length === 0 || cells.length > maxCells) return undefined;
  const labels = cells.map(({ row }) => cellLabel(row).replaceAll(' + ', ' +\n').replaceAll(', ', ',\n'));
  const seeds = cells.flatMap(({ fid }, i) => fid.values.map(({ value }) => [i, value]));
  const means = cells.map(({ fid }, i) => [i, fid.average.mean]);
  return render(
    {
      name: 'cells',
      x: { name: 'cell' },
      y: { name: 'FID' },
      categories: labels,
      legend: true,
      wide: true,
    },
    [
      {
        type: 'scatter',
        name: 'mean',
        symbol: 'rect',
        symbolSize: [40, 3],
        itemStyle: { color: ink },
        data: means,
      },
      { type: 'scatter', name: 'seeds', symbolSize: 9, itemStyle: { color: seriesColors[2] }, data: seeds },
    ],
  );
}

/** Training loss of every cell, the mean over its seeds. */
export function cellLossPlot(manifest: SweepManifest): string | undefined {
  const { cells } = sweepRows(manifest);
  if (cells.length > seriesColors.length) return undefined;
  return lossPlot(
    'loss',
    cells.map((row) => ({ name: cellLabel(row), curve: meanCurve(row) })),
    true,
  );
}

/** Point by point over the seeds whose curves have the same steps as the first. */
function meanCurve({ cell }: CellRow): CurvePoint[] {
  const curves = cell.runs.flatMap(({ status, model }) => (status === 'done' && model ? [model.curve] : []));
  const same = curves.filter((curve) => curve.length === curves[0]!.length);
  return (same[0] ?? []).map(({ step }, i) => ({
    step,
    loss: same.reduce((sum, curve) => sum + curve[i]!.loss, 0) / same.length,
  }));
}
