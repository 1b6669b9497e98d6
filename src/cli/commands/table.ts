// `sdx table`: prints the table of an experiment or sweep again, from its manifest alone.
import { ExitCode } from '../../errors.ts';
import { tableFormats } from '../../report/formats/table-formats.ts';
import { buildSweepTable } from '../../report/table/sweep-table.ts';
import { buildTable } from '../../report/table/experiment-table.ts';
import { findResults } from '../../runner/read-results.ts';
import type { Io } from '../io.ts';
import type { TableOptions } from '../options.ts';
import { resultsTarget } from '../results-target.ts';

/** `target`: name of an experiment or sweep under `results`, a results folder, a manifest.json, or the file of either. */
export async function tableCommand(
  target: string,
  { format, results }: TableOptions,
  io: Io,
): Promise<number> {
  const found = await findResults(await resultsTarget(target), results);
  const table = found.kind === 'sweep' ? buildSweepTable(found.manifest) : buildTable(found.manifest);
  io.stdout.write(tableFormats[format](table, io.screen));
  return ExitCode.ok;
}
