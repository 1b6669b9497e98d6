// analysis.html of a sweep: one self-contained page, a function of the analysis alone.
import type { SweepAnalysis } from '../../results/sweep-analysis.ts';
import { cellLabel } from '../cell-label.ts';
import { escapeHtml, formatHtmlTable } from '../formats/html-table.ts';
import { cellRatioPlot } from '../plots/analysis-plots.ts';
import { dotsByCell } from '../plots/sweep-plots.ts';
import {
  asChange,
  cellLogRatio,
  comparedWith,
  factorText,
  littleNoise,
  logDifference,
  logRatio,
  lossParts,
  type LossPart,
} from '../table/cell-losses.ts';
import { cellLossTable } from '../table/sweep-analysis-tables.ts';
import { detailsTable, head, list, page, pair, plot, section } from './html-parts.ts';

export function renderSweepAnalysis(analysis: SweepAnalysis): string {
  const sections = [
    header(analysis),
    section('How much more the students lose', formatHtmlTable(cellLossTable(analysis))),
    section('Cell by cell, seed by seed', dots(analysis)),
    section('By noise level', curves(analysis)),
    section('Provenance', provenance(analysis)),
  ];
  return page(`${analysis.sweep}: analysis`, sections, analysis.sdxVersion, 'analysis.json');
}

function header(analysis: SweepAnalysis): string {
  const { sweep, description, cells, seeds, count, timesteps } = analysis;
  const { all } = lossParts(analysis);
  const last = cells.at(-1)!;
  const baseline = comparedWith(analysis, last);
  const change = baseline && logDifference(last, baseline, (run) => logRatio(run, all));
  return head({
    kicker: 'Analysis of a sweep by noise level and frequency',
    title: sweep,
    lead: description,
    facts: [
      ['Cells', String(cells.length), `${seeds.length} seeds each`],
      ['Images', String(count), `at each of ${timesteps.length} timesteps`],
      ...(change
        ? [
            [
              `${cellLabel(last)}, loss, %`,
              factorText(change, asChange),
              `beside ${cellLabel(baseline)}`,
            ] as const,
          ]
        : []),
    ],
  });
}

function dots(analysis: SweepAnalysis): string {
  const parts = lossParts(analysis);
  const top = littleNoise(analysis).at(-1)!;
  const figure = (part: LossPart, caption: string): string => {
    const cells = analysis.cells.flatMap((cell) => {
      const mean = cellLogRatio(cell, part);
      const seeds = cell.runs.map((run) => Math.exp(logRatio(run, part)));
      return mean === undefined ? [] : [{ cell, seeds, mean: Math.exp(mean.mean) }];
    });
    return plot(dotsByCell(`dots-${part.key}`, "loss / teacher's", cells), caption, true);
  };
  return pair([
    figure(
      parts.all,
      "The loss over the teacher's, geometric mean over all timesteps; lower is better, 1 is the teacher.",
    ),
    figure(parts.low, `Its part in low frequencies, t ≤ ${top}.`),
    figure(parts.high, `Its part in high frequencies, t ≤ ${top}.`),
  ]);
}

function curves(analysis: SweepAnalysis): string {
  return pair(
    (
      [
        ['loss', 'The loss'],
        ['low', 'Its part in low frequencies'],
        ['high', 'Its part in high frequencies'],
      ] as const
    ).map(([part, what]) =>
      plot(
        cellRatioPlot(analysis, part),
        `${what} over the teacher's by timestep, geometric mean over the seeds.`,
        true,
      ),
    ),
  );
}

function provenance({ sdxVersion, engine, cells }: SweepAnalysis): string {
  const facts = list([['sdx', sdxVersion], ...Object.entries(engine)]);
  const rows = cells.flatMap(({ runs }) =>
    runs.map(({ id, key, weights }) => [escapeHtml(id), `<code>${key.slice(0, 16)}</code>`, weights]),
  );
  return `${facts}\n${detailsTable('Analyses', ['Run', 'Artifact', 'Weights'], rows)}`;
}
