// report.html of a sweep: one self-contained page, a function of the manifest and its images alone.
import { escapeHtml, formatHtmlTable } from '../formats/html-table.ts';
import {
  detailsTable,
  gridFigure,
  gridFigures,
  head,
  list,
  page,
  pair,
  plot,
  section,
} from './html-parts.ts';
import type { ReportImages } from './html-sections.ts';
import { grouped } from '../../results/metric-card.ts';
import { halfWidth } from '../../metrics/confidence.ts';
import type { MeanSd } from '../../metrics/statistics.ts';
import { formatSigned } from '../table/number-format.ts';
import { paperOrders } from '../table/paper-order.ts';
import type { SweepManifest } from '../../results/sweep-manifest.ts';
import { cellLabel } from '../cell-label.ts';
import { cellLossPlot, cellPlot } from '../plots/sweep-plots.ts';
import { baselineTable } from '../table/baseline-table.ts';
import { difference, fidOf, fidOver } from '../table/measured.ts';
import { sweepRows } from '../table/sweep-rows.ts';
import { buildSweepTable } from '../table/sweep-table.ts';

/** The page. `images` holds the PNG files that the manifest names. */
export function renderSweepReport(manifest: SweepManifest, images: ReportImages): string {
  const sections = [
    header(manifest),
    results(manifest),
    ...differences(manifest),
    plots(manifest),
    samples(manifest, images),
    provenance(manifest),
  ];
  return page(manifest.sweep, sections, manifest.sdxVersion);
}

function header(manifest: SweepManifest): string {
  const { best, baselineOf, cells } = sweepRows(manifest);
  const runs = manifest.cells.flatMap((cell) => cell.runs);
  const done = runs.filter(({ status }) => status === 'done').length;
  const baseline = best && baselineOf(best);
  const fid = best && fidOver(best);
  const gain = best && baseline && best !== baseline ? difference(best, baseline, fidOf) : undefined;
  const [order] = paperOrders(cells);
  const facts: (readonly [string, string, string])[] = [
    ['Cells', String(cells.length), `${manifest.seeds.length} seeds each`],
    ['Experiments', `${done} of ${runs.length}`, 'done'],
    fid
      ? ['Best FID', interval(fid.average, (mean) => mean.toFixed(2)), cellLabel(best.cell)]
      : ['Best FID', 'not shown', 'no interval excludes that another cell is better'],
    ...(gain !== undefined && gain !== 'mixed' && baseline
      ? [
          [
            'Against the baseline',
            interval(gain, (mean) => formatSigned(mean, 2)),
            cellLabel(baseline.cell),
          ] as const,
        ]
      : []),
    ...(order
      ? [
          [
            "Order of the paper's Table 5",
            `τ = ${order.tau.toFixed(2)}`,
            `p = ${order.p.toPrecision(2)}, ${order.n} cells`,
          ] as const,
        ]
      : []),
  ];
  return head({
    kicker: 'Diffusion slimming sweep',
    title: manifest.sweep,
    lead: manifest.description,
    facts,
  });
}

/** A mean with its 95 % interval, where there are several seeds. */
function interval(average: MeanSd, format: (mean: number) => string): string {
  const half = halfWidth(average);
  return half === undefined ? format(average.mean) : `${format(average.mean)} ± ${half.toFixed(2)}`;
}

function results(manifest: SweepManifest): string {
  return section('Results', formatHtmlTable(buildSweepTable(manifest)));
}

function differences(manifest: SweepManifest): string[] {
  const table = baselineTable(manifest);
  return table === undefined ? [] : [section('Differences to the baseline', formatHtmlTable(table))];
}

function plots(manifest: SweepManifest): string {
  const figures = [
    plot(cellPlot(manifest), 'FID by cell, lower is better: dots are seeds, bars their means.', true),
    plot(
      cellLossPlot(manifest),
      'Training loss, mean over seeds. Losses of different objectives are not comparable.',
      true,
    ),
  ];
  return section('Plots', pair(figures));
}

function samples(manifest: SweepManifest, images: ReportImages): string {
  const figures = sweepRows(manifest).cells.map((row) => {
    const name = cellLabel(row.cell);
    const fid = fidOver(row);
    const caption = fid === undefined ? '' : `FID ${fid.average.mean.toFixed(2)}`;
    return gridFigure(row.cell.files?.grid, images, { name, caption, alt: name });
  });
  const about = "The first samples by index of each cell's first seed, none selected.";
  return section('Samples', gridFigures(about, figures));
}

function provenance(manifest: SweepManifest): string {
  const { sdxVersion, engines, datasets, cells } = manifest;
  const facts = list([
    ['sdx', sdxVersion],
    ...engines.map((engine) => {
      const parts = Object.entries(engine).map((part) => part.join(' '));
      return ['engine', parts.join(', ')] as const;
    }),
    ...datasets.map(
      ({ kind, count, digest }) => ['data', `${kind}, ${grouped(count)} images, ${digest}`] as const,
    ),
  ]);
  const rows = cells.flatMap(({ runs }) =>
    runs.map(({ id, status, configDigest }) => [
      escapeHtml(id),
      status,
      `<code>${configDigest.slice(0, 16)}</code>`,
    ]),
  );
  const experiments = detailsTable('Experiments', ['Experiment', 'Status', 'Configuration'], rows);
  return section('Provenance', `${facts}\n${experiments}`);
}
