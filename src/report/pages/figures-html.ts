// figures.html: one page with a section for each figure, a function of the figures alone. Pictures and what is timed are shown
// from the files beside it.
import {
  figureFile,
  figureLabel,
  timedFolder,
  type Figure,
  type FigureId,
  type FigurePlot,
} from '../figure.ts';
import { escapeHtml, formatHtmlTable } from '../formats/html-table.ts';
import { head, list, page, pair, plot, section } from './html-parts.ts';

/** What the page says of all its figures. */
export interface FigureSet {
  /** The experiment's name; absent for figures that need none. */
  readonly experiment?: string;
  readonly sdxVersion: string;
  /** Label and value. */
  readonly provenance: readonly (readonly [string, string])[];
  readonly figures: readonly Figure[];
  /** Figures that could not be made, and why. */
  readonly missing: readonly { readonly id: FigureId; readonly why: string }[];
}

export function renderFigures(set: FigureSet): string {
  const title = set.experiment === undefined ? 'figures' : `${set.experiment}: figures`;
  const sections = [
    header(set),
    ...set.figures.map((figure) => section(`${figureLabel(figure.id)}: ${figure.title}`, body(figure))),
    section('Not here', missing(set)),
    section('Provenance', list(set.provenance)),
  ];
  return page(title, sections, set.sdxVersion, 'the files beside it');
}

function header({ experiment, figures }: FigureSet): string {
  return head({
    kicker: 'Figures of the paper',
    title: experiment ?? 'figures',
    lead:
      experiment === undefined
        ? 'Figures of the paper that need no trained experiment.'
        : `Figures of the paper, measured on the models of ${experiment}. Each plot is a file beside this page, with its numbers as CSV.`,
    facts: [['Figures', String(figures.length), figures.map(({ id }) => figureLabel(id)).join(', ')]],
  });
}

function body({ id, about, plots, tables, timed }: Figure): string {
  return [
    `<p>${escapeHtml(about)}</p>`,
    pair(plots.map((one) => plot(one.pictures === true ? imageOf(id, one) : one.svg, one.caption, one.wide))),
    ...tables.map(({ name, table, onlyFile }) =>
      onlyFile === true
        ? `<p>Numbers: <code>${escapeHtml(figureFile(id, name, 'csv'))}</code></p>`
        : formatHtmlTable(table),
    ),
    ...(timed === undefined ? [] : [timedFigure(id, timed.caption)]),
  ].join('\n');
}

function imageOf(id: FigureId, { name, caption }: FigurePlot): string {
  return `<img src="${figureFile(id, name, 'svg')}" alt="${escapeHtml(caption)}">`;
}

/** What is timed is shown where its file is, so that the page itself is the same on every machine. */
function timedFigure(id: FigureId, caption: string): string {
  const file = `${timedFolder}/${figureFile(id, '', 'svg')}`;
  return [
    '<figure class="panel timed">',
    `<object data="${file}" type="image/svg+xml">Not measured on this machine: sdx figures writes <code>${file}</code>.</object>`,
    `<figcaption>${escapeHtml(caption)}</figcaption>`,
    '</figure>',
  ].join('\n');
}

function missing({ missing: all }: FigureSet): string {
  return all.length === 0 ? '' : list(all.map(({ id, why }) => [figureLabel(id), why]));
}
