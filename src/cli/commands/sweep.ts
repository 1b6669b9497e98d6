// `sdx sweep`: runs what a sweep still lacks, gathers the results, and prints its table.
import path from 'node:path';
import { ExitCode } from '../../errors.ts';
import { formatText } from '../../report/formats/text.ts';
import { buildSweepTable } from '../../report/table/sweep-table.ts';
import { stages } from '../../stages/registry.ts';
import { openStore } from '../../store/store.ts';
import { engineChanges } from '../../sweep/job-engine.ts';
import { loadSweep, type LoadedSweep } from '../../sweep/load-sweep.ts';
import { runSweep, type SweepResults, type SweepWork } from '../../sweep/run-sweep.ts';
import type { Io } from '../io.ts';
import { tellWarnings } from '../tell-warnings.ts';
import type { SweepOptions } from '../options.ts';
import { loadedAs } from '../other-kind.ts';
import { selfCommand } from '../self-command.ts';
import { openSweepProgress, type SweepProgress } from '../sweep-progress.ts';
import { textTable, type Screen } from '../../report/formats/text-table.ts';

/** Exit 0, or 5 where cells failed or are missing. Throws as runSweep does. */
export async function sweepCommand(
  file: string,
  overrides: readonly string[],
  options: SweepOptions,
  io: Io,
): Promise<number> {
  const changes = [...overrides, ...engineChanges(options)];
  const sweep = await loadedAs('sweep', file, () => loadSweep(file, changes));
  tellWarnings(sweep.warnings, io);
  let progress: SweepProgress | undefined;
  const outcome = await runSweep({
    ...options,
    sweep,
    store: openStore(options.store),
    resultsDir: options.results,
    stages,
    engine: options,
    overrides,
    program: selfCommand(),
    signal: io.signal,
    onPlan: (work) => {
      tellPlan(sweep, work, options, io);
      progress = openBoard(work, options, io);
    },
    onEvent: (event) => {
      if (options.json) io.stdout.write(`${JSON.stringify(event)}\n`);
      else progress?.show(event);
    },
  }).finally(() => progress?.close());
  if (outcome.status === 'finished') return printResults(outcome.results, outcome.work, options, io);
  const { status, work, text = '' } = outcome;
  if (status === 'planned')
    io.stdout.write(
      options.json
        ? `${JSON.stringify({ sweep: sweep.name, ...work.todo, text: outcome.text })}\n`
        : planText(work, text, io.screen),
    );
  else io.stdout.write(options.json ? `${JSON.stringify({ status, text: outcome.text })}\n` : `${text}\n`);
  return ExitCode.ok;
}

function tellPlan(
  { name, cells, seeds }: LoadedSweep,
  { todo, singleRanks }: SweepWork,
  { launcher, collect }: SweepOptions,
  io: Io,
): void {
  const count = cells.length * seeds.length;
  io.stderr.write(
    `${name}: ${cells.length} cells, ${count} experiments, ${count - todo.cells.length} done\n`,
  );
  if (!singleRanks || collect || todo.cells.length === 0) return;
  const remedy = launcher === 'slurm' ? 'slurm.ranks' : '--launcher slurm and slurm.ranks';
  io.stderr.write(
    `warning: \`distributed: mpi\`, but each cell is trained by one process; ${remedy} can give it more\n`,
  );
}

/** undefined where no job will run, or events are printed as JSON. */
function openBoard(
  { todo }: SweepWork,
  { json, collect, dryRun, jobs }: SweepOptions,
  io: Io,
): SweepProgress | undefined {
  if (json || collect || dryRun || todo.cells.length === 0) return undefined;
  return openSweepProgress(io, [...todo.shared, ...todo.cells], Math.max(1, jobs));
}

function printResults(
  { manifest, folder, failedShared }: SweepResults,
  work: SweepWork,
  { json }: SweepOptions,
  io: Io,
): number {
  const runs = manifest.cells.flatMap((cell) => cell.runs);
  const failed = runs.filter(({ status }) => status === 'failed');
  const missing = runs.filter(({ status }) => status === 'missing');
  const results = path.relative('', folder) || '.';
  if (json)
    io.stdout.write(
      `${JSON.stringify({
        type: 'results',
        folder: results,
        failed: [...failedShared, ...failed].map(({ id, reason }) => ({ id, reason })),
        missing: missing.map(({ id }) => id),
      })}\n`,
    );
  else io.stdout.write(`${formatText(buildSweepTable(manifest), io.screen)}\nResults: ${results}\n`);
  for (const { id, reason } of [...failedShared, ...failed])
    io.stderr.write(`error: ${id}: ${reason ?? 'failed'}\n`);
  if (missing.length > 0)
    io.stderr.write(`error: ${missing.length} of ${runs.length} experiments have not run\n`);
  if (failed.length + missing.length === 0) return ExitCode.ok;
  io.stderr.write(
    `  hint: logs are in ${path.relative('', path.join(work.folder, 'logs'))}; the same command runs what is missing\n`,
  );
  return ExitCode.partialSweep;
}

function planText({ plan: { runs, shared }, todo }: SweepWork, text: string, screen?: Screen): string {
  const rows = [
    ...shared.map(({ id }) => [id, '', todo.shared.includes(id) ? 'will run' : 'cached']),
    ...runs.map(({ run, needs }) => [
      run.id,
      todo.shared.includes(needs) ? needs : '',
      todo.cells.includes(run.id) ? 'will run' : 'done',
    ]),
  ];
  const ends = text === '' ? '' : `\n${text}${text.endsWith('\n') ? '' : '\n'}`;
  return `${textTable(['job', 'after', 'state'], rows, screen)}\n${todo.cells.length} of ${runs.length} experiments to run\n${ends}`;
}
