// `sdx table`: prints the table of an experiment or sweep again, from its manifest alone.
import { ExitCode, UserError } from '../../errors.ts';
import { tableFormats } from '../../report/formats/table-formats.ts';
import { baselineTable } from '../../report/table/baseline-table.ts';
import { buildSweepTable } from '../../report/table/sweep-table.ts';
import { buildTable } from '../../report/table/experiment-table.ts';
import type { ResultsTable } from '../../report/table/table.ts';
import { findResults, type FoundResults } from '../../runner/read-results.ts';
import type { Io } from '../io.ts';
import type { TableOptions } from '../options.ts';
import { resultsTarget } from '../results-target.ts';

/** `target`: name of an experiment or sweep under `results`, a results folder, a manifest.json, or the file of either. */
export async function tableCommand(
  target: string,
  { format, results, differences }: TableOptions,
  io: Io,
): Promise<number> {
  const found = await findResults(await resultsTarget(target), results);
  const table = differences ? differencesOf(found, target) : tableOf(found);
  io.stdout.write(tableFormats[format](table, io.screen));
  return ExitCode.ok;
}

function tableOf(found: FoundResults): ResultsTable {
  return found.kind === 'sweep' ? buildSweepTable(found.manifest) : buildTable(found.manifest);
}

/** Throws UserError('usage') where no cell has another beside it. */
function differencesOf(found: FoundResults, target: string): ResultsTable {
  const table = found.kind === 'sweep' ? baselineTable(found.manifest) : undefined;
  if (table !== undefined) return table;
  throw new UserError('usage', `${target} has no cells to take differences of`, {
    hint: 'name a sweep of two cells or more; sdx compare sets results of experiments side by side',
  });
}
