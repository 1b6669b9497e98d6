// A results table as an HTML fragment, and the escaping that all HTML of the report uses.
import { printedTable } from './printed-table.ts';
import type { Cell, Column, ResultsTable } from '../table/table.ts';

/** Safe in text and in double-quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}

/** `21.1M (13.0×)` with the bracket set smaller. */
function withAside(text: string): string {
  const aside = /^(.*) (\(.*\))$/.exec(text);
  return aside
    ? `${escapeHtml(aside[1]!)} <span class="aside">${escapeHtml(aside[2]!)}</span>`
    : escapeHtml(text);
}

function cell({ text, value, bold, mark }: Cell, { align, key }: Column): string {
  const inner = key === 'model' ? escapeHtml(text) : withAside(text);
  const set = bold === true ? `<strong>${inner}</strong>` : inner;
  const note = mark === undefined ? '' : `<sup>${escapeHtml(mark)}</sup>`;
  const tag = key === 'model' ? 'th scope="row"' : 'td';
  const classes = [align, ...(value === null ? ['absent'] : []), ...(bold === true ? ['best'] : [])];
  return `<${tag} class="${classes.join(' ')}">${set}${note}</${tag.slice(0, 2)}>`;
}

/** `<table>` with its notes as a list below it. */
export function formatHtmlTable(table: ResultsTable): string {
  const { columns, rows } = printedTable(table);
  const head = columns.map(
    ({ title, align }) => `<th scope="col" class="${align}">${escapeHtml(title)}</th>`,
  );
  const body = rows.map((row) => `<tr>${row.map((one, i) => cell(one, columns[i]!)).join('')}</tr>`);
  const notes = table.notes.map(
    ({ mark, text }) =>
      `<li>${mark === undefined ? '' : `<sup>${escapeHtml(mark)}</sup> `}${escapeHtml(text)}</li>`,
  );
  return [
    '<div class="scroll"><table>',
    `<thead><tr>${head.join('')}</tr></thead>`,
    `<tbody>\n${body.join('\n')}\n</tbody>`,
    '</table></div>',
    ...(notes.length === 0 ? [] : [`<ul class="notes">\n${notes.join('\n')}\n</ul>`]),
  ].join('\n');
}
