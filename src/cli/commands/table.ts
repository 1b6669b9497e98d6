// `sdx table`: prints the table of an experiment or sweep again, from its manifest alone.
import { ExitCode } from '../../errors.ts';
import { formatCsv } from '../../report/formats/csv.ts';
import { formatLatex } from '../../report/formats/latex.ts';
import { formatMarkdown } from '../../report/formats/markdown.ts';
import { formatText } from '../../report/formats/text.ts';
import type { Screen } from '../../report/formats/text-table.ts';
import { formatTableJson } from '../../report/formats/table-json.ts';
import { buildSweepTable } from '../../report/table/sweep-table.ts';
import { buildTable } from '../../report/table/experiment-table.ts';
import type { ResultsTable } from '../../report/table/table.ts';
import { findResults } from '../../runner/read-results.ts';
import type { Io } from '../io.ts';
import type { TableOptions } from '../options.ts';
import { resultsTarget } from '../results-target.ts';

const formats: Readonly<Record<TableOptions['format'], (table: ResultsTable, screen?: Screen) => string>> = {
  text: formatText,
  md: formatMarkdown,
  csv: formatCsv,
  tex: formatLatex,
  json: formatTableJson,
};

/** `target`: name of an experiment or sweep under `results`, a results folder, a manifest.json, or the file of either. */
export async function tableCommand(
  target: string,
  { format, results }: TableOptions,
  io: Io,
): Promise<number> {
  const found = await findResults(await resultsTarget(target), results);
  const table = found.kind === 'sweep' ? buildSweepTable(found.manifest) : buildTable(found.manifest);
  io.stdout.write(formats[format](table, io.screen));
  return ExitCode.ok;
}
