// The results table of an experiment in the formats of `sdx table`.
import { tableFormats, type TableFormat } from '../report/formats/table-formats.ts';
import { buildTable } from '../report/table/experiment-table.ts';
import type { ResultsManifest } from '../results/manifest.ts';

export type { TableFormat } from '../report/formats/table-formats.ts';

/** The table that `sdx run` prints (`text`) and writes; the same manifest gives the same bytes. */
export function formatResults(manifest: ResultsManifest, format: TableFormat = 'text'): string {
  return tableFormats[format](buildTable(manifest));
}
