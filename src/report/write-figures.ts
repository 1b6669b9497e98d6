// Writes the folder of figures: each plot as a file, its numbers as CSV, and the page of all.
import path from 'node:path';
import { figureFile, timedFolder } from './figure.ts';
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

/** Files of what is timed, by name. */
function timedFiles({ figures }: FigureSet): Record<string, string> {
  const files = figures.flatMap(({ id, timed }) =>
    timed === undefined
      ? []
      : [
          [figureFile(id, '', 'svg'), standaloneSvg(timed.svg)] as const,
          [figureFile(id, '', 'csv'), formatCsv(timed.table)] as const,
        ],
  );
  return Object.fromEntries(files);
}

/** Writes all files into `folder`, made if absent, each atomically; returns their names within it, sorted. */
export async function writeFigures(folder: string, set: FigureSet): Promise<string[]> {
  const names = await writeResultsFolder(folder, figuresFiles(set), {});
  const timed = timedFiles(set);
  if (Object.keys(timed).length === 0) return names;
  const within = await writeResultsFolder(path.join(folder, timedFolder), timed, {});
  return [...names, ...within.map((name) => `${timedFolder}/${name}`)].sort();
}
