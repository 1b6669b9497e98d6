// `sdx table`: prints the table of a results folder again, from its manifest alone.
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { systemErrorCode } from '../../artifacts/store-errors.ts';
import { ExitCode, UserError } from '../../errors.ts';
import { formatCsv } from '../../report/formats/csv.ts';
import { formatJson } from '../../report/formats/json.ts';
import { formatLatex } from '../../report/formats/latex.ts';
import { formatMarkdown } from '../../report/formats/markdown.ts';
import type { ResultsManifest } from '../../report/manifest.ts';
import { buildTable, type ResultsTable } from '../../report/table.ts';
import type { Io } from '../io.ts';
import type { TableOptions } from '../options.ts';

const formats: Readonly<Record<TableOptions['format'], (table: ResultsTable) => string>> = {
  md: formatMarkdown,
  csv: formatCsv,
  tex: formatLatex,
  json: formatRows,
};

/** `target`: name of an experiment under `results`, a results folder, or a manifest.json. */
export async function tableCommand(
  target: string,
  { format, results }: TableOptions,
  io: Io,
): Promise<number> {
  const file = await manifestOf(target, results);
  io.stdout.write(formats[format](buildTable(await readManifest(file))));
  return ExitCode.ok;
}

async function manifestOf(target: string, results: string): Promise<string> {
  const isName = !target.includes('/') && !target.includes(path.sep) && !target.endsWith('.json');
  const place = isName ? path.join(results, target) : target;
  const isFolder = await stat(place).then(
    (found) => found.isDirectory(),
    () => isName,
  );
  return isFolder ? path.join(place, 'manifest.json') : place;
}

async function readManifest(file: string): Promise<ResultsManifest> {
  const refuse = (message: string, hint: string, cause?: unknown): UserError =>
    new UserError('input', message, { hint, where: { file }, cause });
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    throw refuse('there are no results', 'run the experiment first: sdx run <experiment>', error);
  }
  let manifest: Partial<ResultsManifest> | null;
  try {
    manifest = JSON.parse(text) as Partial<ResultsManifest> | null;
  } catch (error) {
    throw refuse('the manifest is damaged', 'run the experiment again: it is made anew', error);
  }
  if (manifest?.schemaVersion !== 1 || !Array.isArray(manifest.models))
    throw refuse('this is no manifest of results, or of another version of sdx', 'name a manifest.json');
  return manifest as ResultsManifest;
}

/** One object per model, by column key. */
function formatRows({ columns, rows, notes, title }: ResultsTable): string {
  const objects = rows.map((cells) =>
    Object.fromEntries(columns.map(({ key }, i) => [key, cells[i]!.value])),
  );
  return formatJson({ experiment: title, rows: objects, notes: notes.map(({ text }) => text) });
}
