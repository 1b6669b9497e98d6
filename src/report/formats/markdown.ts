// A results table as GitHub-flavoured Markdown, columns padded so that the source reads well too.
import { printedTable } from './printed-table.ts';
import type { Cell, Column, ResultsTable } from '../table/table.ts';

/** Escapes what Markdown or inline HTML would take for markup, and keeps the text on one line. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/\r?\n/g, ' ')
    .replace(/[\\`*_|~[\]]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;');
}

function cellText({ text, bold, mark }: Cell): string {
  const escaped = escapeMarkdown(text);
  return `${bold === true ? `**${escaped}**` : escaped}${mark === undefined ? '' : `<sup>${mark}</sup>`}`;
}

/** Width in a monospaced font, near enough for padding. */
function codePoints(text: string): number {
  return Array.from(text).length;
}

const rules: Readonly<Record<Column['align'], (width: number) => string>> = {
  left: (width) => '-'.repeat(width),
  right: (width) => `${'-'.repeat(width - 1)}:`,
  center: (width) => `:${'-'.repeat(width - 2)}:`,
};

/** Text in its column; `room` spaces are to spend. Like Prettier, so that formatters leave the file alone. */
const padders: Readonly<Record<Column['align'], (text: string, room: number) => string>> = {
  left: (text, room) => text + ' '.repeat(room),
  right: (text, room) => ' '.repeat(room) + text,
  center: (text, room) => ' '.repeat(Math.floor(room / 2)) + text + ' '.repeat(Math.ceil(room / 2)),
};

/** Ends with a newline. */
export function formatMarkdown(table: ResultsTable): string {
  const { columns, rows } = printedTable(table);
  const texts = [columns.map(({ title }) => escapeMarkdown(title)), ...rows.map((row) => row.map(cellText))];
  const widths = columns.map((_, i) => Math.max(3, ...texts.map((row) => codePoints(row[i]!))));
  const pad = (text: string, i: number): string =>
    padders[columns[i]!.align](text, widths[i]! - codePoints(text));
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const notes = table.notes.map(
    ({ mark, text }) => `- ${mark === undefined ? '' : `<sup>${mark}</sup> `}${escapeMarkdown(text)}`,
  );
  return [
    `# ${escapeMarkdown(table.title)}`,
    '',
    line(texts[0]!.map(pad)),
    line(columns.map(({ align }, i) => rules[align](widths[i]!))),
    ...texts.slice(1).map((row) => line(row.map(pad))),
    ...(notes.length === 0 ? [] : ['', ...notes]),
    '',
  ].join('\n');
}
