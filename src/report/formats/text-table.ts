// Tables for a terminal: columns padded to their widest cell, two spaces between, no trailing blanks. Where the rows are
// wider than the screen, columns that may wrap become narrower; what is still too wide is split into blocks of columns,
// each with the first column before it.
import { printable } from '../../printable.ts';
import { wrapText } from './wrap-text.ts';

/** What the reader looks at. A file or a pipe has no width and no colour. */
export interface Screen {
  /** Characters in a line; Infinity where lines may be of any length. */
  readonly width: number;
  readonly color: boolean;
}

export const plainScreen: Screen = { width: Infinity, color: false };

export interface TextColumn {
  readonly title: string;
  readonly align: 'left' | 'right' | 'center';
  /** Whether its cells may go on in the next line. */
  readonly wraps: boolean;
}

export interface TextCell {
  readonly text: string;
  /** Stands after the text without moving it: numbers with and without one stay under one another. */
  readonly suffix?: string;
  readonly strong?: boolean;
}

const gap = 2;
/** Columns that wrap keep this much. */
const narrowest = 12;

/** Rows of plain text under titles, all but the first column wrapping. Ends with a newline. */
export function textTable(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  screen: Screen = plainScreen,
): string {
  const columns = titles.map((title, i): TextColumn => ({ title, align: 'left', wraps: i > 0 }));
  const cells = rows.map((row) => row.map((text): TextCell => ({ text })));
  return layOutTable(columns, cells, screen);
}

/** Every row has a cell for each column. Ends with a newline. */
export function layOutTable(
  columns: readonly TextColumn[],
  rows: readonly (readonly TextCell[])[],
  { width, color }: Screen,
): string {
  const all = columns.map((column, i): MeasuredColumn => {
    const cells = rows.map((row) => ({ ...row[i]!, text: printable(row[i]!.text) }));
    const suffix = Math.max(0, ...cells.map((cell) => length(cell.suffix ?? '')));
    const text = Math.max(0, ...cells.map((cell) => length(cell.text)));
    return { ...column, cells, suffix, width: Math.max(length(column.title), text + suffix) };
  });
  return blocksOf(narrowed(all, width), width)
    .map((block) => blockText(block, rows.length, color))
    .join('\n');
}

interface MeasuredColumn extends TextColumn {
  readonly cells: readonly TextCell[];
  /** Room for the suffixes, within the width. */
  readonly suffix: number;
  readonly width: number;
}

function widthOf(columns: readonly MeasuredColumn[]): number {
  return columns.reduce((sum, { width }) => sum + width + gap, -gap);
}

/** Takes what is too much from the widest of the columns that wrap, again and again. */
function narrowed(columns: readonly MeasuredColumn[], most: number): readonly MeasuredColumn[] {
  const widths = columns.map(({ width }) => width);
  let excess = widthOf(columns) - most;
  while (excess > 0) {
    const widest = columns.reduce<number | undefined>((best, { wraps }, i) => {
      if (!wraps || widths[i]! <= narrowest) return best;
      return best === undefined || widths[i]! > widths[best]! ? i : best;
    }, undefined);
    if (widest === undefined) return columns; // they would not fit at their narrowest either
    widths[widest]! -= 1;
    excess -= 1;
  }
  return columns.map((column, i) => ({ ...column, width: widths[i]! }));
}

function blocksOf(columns: readonly MeasuredColumn[], most: number): readonly (readonly MeasuredColumn[])[] {
  const [first, ...others] = columns;
  if (first === undefined || widthOf(columns) <= most) return [columns];
  const blocks: MeasuredColumn[][] = [];
  for (const column of others) {
    const block = blocks.at(-1);
    if (block && widthOf([...block, column]) <= most) block.push(column);
    else blocks.push([first, column]);
  }
  return blocks.length === 0 ? [columns] : blocks;
}

function blockText(columns: readonly MeasuredColumn[], rowCount: number, color: boolean): string {
  const titles = columns.map(({ title, align, width }) => {
    const cell = { text: title, strong: true };
    return cellLines(cell, { align, width, suffix: 0, wraps: true }, color);
  });
  const rows = Array.from({ length: rowCount }, (_, at) =>
    columns.map((column) => cellLines(column.cells[at]!, column, color)),
  );
  return [titles, ...rows].map((cells) => rowText(cells, columns)).join('');
}

/** The lines of the cells side by side. */
function rowText(cells: readonly (readonly string[])[], columns: readonly MeasuredColumn[]): string {
  const height = Math.max(...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, at) => {
    const parts = columns.map(({ width }, i) => cells[i]![at] ?? ' '.repeat(width));
    return `${parts.join(' '.repeat(gap)).trimEnd()}\n`;
  }).join('');
}

/** A cell as lines of the column's width. */
function cellLines(
  { text, suffix = '', strong = false }: TextCell,
  { align, width, suffix: suffixWidth, wraps }: Omit<MeasuredColumn, 'title' | 'cells'>,
  color: boolean,
): readonly string[] {
  return wrapText(text, wraps ? width : Infinity).map((line, at) => {
    const shown = at === 0 ? line + suffix : line;
    const after = align === 'right' ? suffixWidth - length(suffix) : 0;
    const free = Math.max(0, width - length(shown) - after);
    const before = { left: 0, right: free, center: Math.floor(free / 2) }[align];
    const painted = strong && color && shown !== '' ? bold(shown) : shown;
    return ' '.repeat(before) + painted + ' '.repeat(free - before + after);
  });
}

function bold(text: string): string {
  return `\u001b[1m${text}\u001b[22m`;
}

/** Width in a monospaced font, near enough: one for each character. */
function length(text: string): number {
  return Array.from(text).length;
}
