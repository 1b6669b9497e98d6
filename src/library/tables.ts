// The results table of an experiment in the formats of its results folder.
import { formatCsv } from '../report/formats/csv.ts';
import { formatLatex } from '../report/formats/latex.ts';
import { formatMarkdown } from '../report/formats/markdown.ts';
import { formatText } from '../report/formats/text.ts';
import { buildTable } from '../report/table/experiment-table.ts';
import type { ResultsTable } from '../report/table/table.ts';
import type { ResultsManifest } from '../results/manifest.ts';

const formats = {
  text: (table: ResultsTable) => formatText(table),
  markdown: formatMarkdown,
  csv: formatCsv,
  latex: formatLatex,
} as const;

export type TableFormat = keyof typeof formats;

/** The table that `sdx run` prints (`text`) and writes; the same manifest gives the same bytes. */
export function formatResults(manifest: ResultsManifest, format: TableFormat = 'text'): string {
  return formats[format](buildTable(manifest));
}
