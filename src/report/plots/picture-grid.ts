// Pictures in rows and columns, with what they are written beside and above them, as SVG.
import { escapeHtml } from '../formats/html-table.ts';

export interface PictureRow {
  readonly label: string;
  /** PNG bytes of square pictures, left to right. */
  readonly cells: readonly Uint8Array[];
}

export interface PictureGrid {
  /** What is seen, for who cannot see it. */
  readonly alt: string;
  /** What stands above the columns; none where there are none. */
  readonly columns: readonly string[];
  readonly rows: readonly PictureRow[];
}

/** Of a whole row of the page. */
const width = 1320;
const labelWidth = 120;
const titleHeight = 26;
const gap = 6;
/** Few pictures do not become larger than this. */
const largestCell = 190;

/** The grid; pixels stay pixels where they are enlarged. */
export function pictureGrid({ alt, columns, rows }: PictureGrid): string {
  const across = Math.max(1, ...rows.map(({ cells }) => cells.length));
  const cell = Math.min(largestCell, Math.floor((width - labelWidth) / across) - gap);
  const top = columns.length > 0 ? titleHeight : 0;
  const height = top + rows.length * (cell + gap);
  const at = (column: number): number => labelWidth + column * (cell + gap);
  const text = (x: number, y: number, anchor: 'start' | 'middle', words: string): string =>
    `<text x="${x}" y="${y}" text-anchor="${anchor}" dominant-baseline="central" fill="var(--ink)" font-size="15" font-family="inherit">${escapeHtml(words)}</text>`;
  const titles = columns.map((title, i) => text(at(i) + cell / 2, titleHeight / 2 - 2, 'middle', title));
  const body = rows.flatMap(({ label, cells }, row) => {
    const y = top + row * (cell + gap);
    return [
      text(4, y + cell / 2, 'start', label),
      ...cells.map((png, i) => {
        const uri = `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
        return `<image x="${at(i)}" y="${y}" width="${cell}" height="${cell}" style="image-rendering:pixelated" href="${uri}"/>`;
      }),
    ];
  });
  return [
    `<svg role="img" aria-label="${escapeHtml(alt)}" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}">`,
    ...titles,
    ...body,
    '</svg>',
  ].join('\n');
}
