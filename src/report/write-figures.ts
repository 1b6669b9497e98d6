// Writes the folder of figures: each plot as a file, its numbers as CSV, and the page of all.
import { figureFile } from './figure.ts';
import { formatCsv } from './formats/csv.ts';
import { renderFigures, type FigureSet } from './pages/figures-html.ts';
import { standaloneSvg } from './plots/standalone-svg.ts';
import { writeResultsFolder } from './write-results.ts';

export const figuresPage = 'figures.html';

/** All files of the folder by name; the same figures give the same bytes. */
export function figuresFiles(set: FigureSet): Record<string, string> {
  const files = set.figures.flatMap(({ id, plots, tables }) => [
    ...plots.map(({ name, svg }) => [figureFile(id, name, 'svg'), standaloneSvg(svg)] as const),
    ...tables.map(({ name, table }) => [figureFile(id, name, 'csv'), formatCsv(table)] as const),
  ]);
  return { ...Object.fromEntries(files), [figuresPage]: renderFigures(set) };
}

/** Writes all files into `folder`, made if absent, each atomically; returns their names, sorted. */
export function writeFigures(folder: string, set: FigureSet): Promise<string[]> {
  return writeResultsFolder(folder, figuresFiles(set), {});
}
