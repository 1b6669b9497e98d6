// Tables for a terminal: columns padded to their widest cell, two spaces between, no trailing blanks.

/** `rows` under `titles`; every row has as many cells. Ends with a newline. */
export function textTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [titles, ...rows];
  const widths = titles.map((_, column) => Math.max(...lines.map((cells) => width(cells[column] ?? ''))));
  const padded = (cells: readonly string[]): string =>
    cells.map((cell, column) => cell + ' '.repeat(widths[column]! - width(cell))).join('  ');
  return lines.map((cells) => `${padded(cells).trimEnd()}\n`).join('');
}

function width(text: string): number {
  return Array.from(text).length;
}
