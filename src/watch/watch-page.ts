// The page of `sdx watch`: what is live is made anew by the server; a small script puts it into the page.
import { createHash } from 'node:crypto';
import { formatDuration } from '../duration.ts';
import { escapeHtml, formatHtmlTable } from '../report/formats/html-table.ts';
import { head, pair, plot, section } from '../report/pages/html-parts.ts';
import { styleSheet } from '../report/pages/html-style.ts';
import { lossPlot } from '../report/plots/plots.ts';
import { absent, textCell } from '../report/table/cells.ts';
import type { Cell, ResultsTable } from '../report/table/table.ts';
import type { Curve, Row, View } from './view.ts';

const refreshMs = 2000;

const script = `
const live = document.getElementById('live'), lost = document.getElementById('lost');
const refresh = async () => {
  try {
    const response = await fetch('/live');
    if (!response.ok) throw new Error(response.statusText);
    live.innerHTML = await response.text();
    lost.hidden = true;
  } catch { lost.hidden = false; }
  setTimeout(refresh, ${refreshMs});
};
setTimeout(refresh, ${refreshMs});
`;

/** Nothing but this page's own style and script, and this server. */
export const pagePolicy = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  `script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

export function renderWatchPage(view: View): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(view.name)} · sdx watch</title>
<link rel="icon" href="data:,">
<style>${styleSheet}</style>
</head>
<body>
<main>
<p id="lost" role="status" hidden>sdx watch does not answer any more: this is the last that it said.</p>
<div id="live">
${renderLive(view)}
</div>
<footer>sdx watch reads the store every two seconds and changes nothing. <a href="/state.json">state.json</a></footer>
</main>
<script>${script}</script>
</body>
</html>
`;
}

/** What changes while one looks. */
export function renderLive(view: View): string {
  return [
    header(view),
    section(
      view.kind === 'sweep' ? 'Jobs' : 'Stages',
      view.rows.length === 0 ? '' : formatHtmlTable(rowsTable(view)),
    ),
    section('Losses', losses(view.curves)),
    section('Reports', reports(view.reports)),
  ]
    .filter((html) => html !== '')
    .join('\n');
}

const ended: ReadonlySet<string> = new Set(['done', 'cached']);

function header(view: View): string {
  const { kind, name, status, started, updated, rows, left } = view;
  const now = rows.filter((row) => row.status === 'running');
  const facts: (readonly [string, string, string])[] = [
    ['Status', status, updated === undefined ? '' : `as of ${timeText(updated)}`],
    [
      kind === 'sweep' ? 'Jobs' : 'Stages',
      `${rows.filter((row) => ended.has(row.status)).length} of ${rows.length}`,
      'done or cached',
    ],
    ...(left
      ? [
          [
            'Time left',
            `${left.isLowerBound ? 'at least' : 'about'} ${formatDuration(left.seconds)}`,
            kind === 'sweep' ? 'by the jobs that have ended' : 'of the whole run, at the pace so far',
          ] as const,
        ]
      : []),
    ...(now.length > 0
      ? [
          [
            'Now',
            now.length === 1 ? now[0]!.id : `${now.length} at work`,
            now.length === 1 ? [now[0]!.progress, now[0]!.note].filter(Boolean).join(', ') : '',
          ] as const,
        ]
      : []),
  ];
  return head({
    kicker: `Watching ${kind === 'sweep' ? 'a sweep' : 'an experiment'}`,
    title: name,
    lead:
      rows.length === 0
        ? 'It has not been run with this store. The page shows it as soon as it is.'
        : `Started ${started === undefined ? 'at a time that is not known' : timeText(started)}.`,
    facts,
  });
}

function timeText(iso: string): string {
  return `${iso.slice(0, 19).replace('T', ' ')} UTC`;
}

function rowsTable({ kind, name, rows }: View): ResultsTable {
  const text = (value: string | undefined): Cell => (value ? textCell(value) : absent);
  const columns = [kind === 'sweep' ? 'Job' : 'Stage', 'Status', 'Progress', 'Time', 'Notes'];
  return {
    title: name,
    columns: columns.map((title) => ({
      key: title.toLowerCase(),
      title,
      align: title === 'Time' ? 'right' : 'left',
    })),
    rows: rows.map(({ id, status, progress, seconds, note }: Row) => [
      textCell(id),
      { ...textCell(status), ...(status === 'running' && { bold: true }) },
      text(progress),
      text(seconds === undefined ? undefined : formatDuration(seconds)),
      text(note),
    ]),
    notes: [],
  };
}

function losses(curves: readonly Curve[]): string {
  const drawn = (name: string, some: readonly Curve[], caption: string): string =>
    plot(
      lossPlot(
        name,
        some.map((curve) => ({ name: curve.name, curve: curve.points })),
        true,
      ),
      caption,
      true,
    );
  const [autoencoders, models] = [
    curves.filter(({ kind }) => kind === 'autoencoder'),
    curves.filter(({ kind }) => kind !== 'autoencoder'),
  ];
  return pair([
    drawn('loss-models', models, 'Diffusion models. Losses of different objectives are not comparable.'),
    drawn('loss-autoencoder', autoencoders, 'The autoencoder.'),
  ]);
}

function reports(pages: readonly string[]): string {
  if (pages.length === 0) return '';
  const links = pages.map(
    (page) => `<li><a href="/results/${escapeHtml(page)}">${escapeHtml(page)}</a></li>`,
  );
  return `<ul>\n${links.join('\n')}\n</ul>`;
}
