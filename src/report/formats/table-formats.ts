// The formats of a results table, by the name that commands, the library and files have for each.
import type { ResultsTable } from '../table/table.ts';
import { formatCsv } from './csv.ts';
import { formatLatex } from './latex.ts';
import { formatMarkdown } from './markdown.ts';
import { formatTableJson } from './table-json.ts';
import type { Screen } from './text-table.ts';
import { formatText } from './text.ts';

export type TableFormat = 'text' | 'md' | 'csv' | 'tex' | 'json';

export const tableFormats: Readonly<Record<TableFormat, (table: ResultsTable, screen?: Screen) => string>> = {
  text: formatText,
  md: formatMarkdown,
  csv: formatCsv,
  tex: formatLatex,
  json: formatTableJson,
};

/** The files of a table by name, `table.md` and so on. */
export function tableFiles(table: ResultsTable, formats: readonly TableFormat[]): Record<string, string> {
  return Object.fromEntries(formats.map((format) => [`table.${format}`, tableFormats[format](table)]));
}
