// `sdx sweep`: runs what a sweep still lacks, gathers the results, and prints its table.
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { withDiskErrors } from '../../files/system-errors.ts';
import { openStore } from '../../store/store.ts';
import { placeText } from '../../config/problem.ts';
import { ExitCode, InterruptedError } from '../../errors.ts';
import { formatMarkdown } from '../../report/formats/markdown.ts';
import type { SweepManifest } from '../../results/sweep-manifest.ts';
import { buildSweepTable } from '../../report/table/sweep-table.ts';
import { writeSweepResults } from '../../report/write-sweep-results.ts';
import { readJobState } from '../../jobs/job-state.ts';
import type { CellJob, Launcher, LaunchOutcome } from '../../jobs/launcher.ts';
import { stages } from '../../stages/registry.ts';
import { collectSweep } from '../../sweep/collect-sweep.ts';
import { loadSweep, type LoadedSweep } from '../../sweep/load-sweep.ts';
import { planSweep, type SweepPlan } from '../../sweep/plan-sweep.ts';
import { jobsOf, sweepFolder, writeSweepFolder } from '../../sweep/sweep-folder.ts';
import { jobsToRun, type JobsToRun } from '../../sweep/jobs-to-run.ts';
import type { Io } from '../io.ts';
import type { SweepOptions } from '../options.ts';
import { selfCommand } from '../self-command.ts';
import { openSweepProgress } from '../sweep-progress.ts';
import { textTable } from '../text-table.ts';

const launchers: Readonly<Record<SweepOptions['launcher'], (sweep: LoadedSweep) => Promise<Launcher>>> = {
  local: async () => (await import('../../jobs/local.ts')).localLauncher,
  slurm: async ({ slurm }) => (await import('../../jobs/slurm/slurm.ts')).slurmLauncher(slurm),
};

/** Exit 0, or 5 where cells failed or are missing. Throws InterruptedError when stopped by a signal. */
export async function sweepCommand(
  file: string,
  overrides: readonly string[],
  options: SweepOptions,
  io: Io,
): Promise<number> {
  const sweep = await loadSweep(file, overridesOf(overrides, options));
  for (const { message, where } of sweep.warnings)
    io.stderr.write(`warning: ${placeText(where)}: ${message}\n`);
  const store = openStore(options.store);
  const plan = await planSweep({ sweep, store, stages, signal: io.signal });
  const folder = sweepFolder(store.dir, sweep.name);
  const todo = await jobsToRun(folder, plan, store);
  const count = sweep.cells.length * sweep.seeds.length;
  io.stderr.write(
    `${sweep.name}: ${sweep.cells.length} cells, ${count} experiments, ${count - todo.cells.length} done\n`,
  );
  if (options.collect) return finish({ sweep, plan, folder, options, io });
  if (!options.dryRun) {
    await store.prepare();
    await writeSweepFolder(folder, plan, {
      sweep: sweep.name,
      file: sweep.file,
      launcher: options.launcher,
    });
  }
  const outcome: LaunchOutcome =
    todo.cells.length === 0
      ? { status: options.dryRun ? 'planned' : 'finished' }
      : await launch({ sweep, plan, folder, todo, file, overrides, options, io });
  switch (outcome.status) {
    case 'planned':
      io.stdout.write(options.json ? planJson(sweep, todo, outcome) : planText(plan, todo, outcome));
      return ExitCode.ok;
    case 'submitted':
      io.stdout.write(options.json ? `${JSON.stringify(outcome)}\n` : `${outcome.text ?? ''}\n`);
      return ExitCode.ok;
    case 'interrupted':
      await gather({ sweep, plan, folder, options });
      throw new InterruptedError();
    case 'finished':
      return finish({ sweep, plan, folder, options, io });
  }
}

function overridesOf(overrides: readonly string[], { engine }: SweepOptions): readonly string[] {
  return engine === undefined ? overrides : [...overrides, `engine=${engine}`];
}

interface Launch {
  readonly sweep: LoadedSweep;
  readonly plan: SweepPlan;
  readonly folder: string;
  readonly todo: JobsToRun;
  readonly file: string;
  readonly overrides: readonly string[];
  readonly options: SweepOptions;
  readonly io: Io;
}

async function launch({
  sweep,
  plan,
  folder,
  todo,
  file,
  overrides,
  options,
  io,
}: Launch): Promise<LaunchOutcome> {
  warnOfSingleRanks(sweep, options, io);
  const launcher = await launchers[options.launcher](sweep);
  const { shared, cells } = jobsOf(folder, plan);
  const wanted = (jobs: readonly CellJob[], ids: readonly string[]) =>
    jobs.filter(({ id }) => ids.includes(id));
  const request = { shared: wanted(shared, todo.shared), cells: wanted(cells, todo.cells) };
  const jobs = [...request.shared, ...request.cells].map(({ id }) => id);
  const progress = options.json ? undefined : openSweepProgress(io, jobs, Math.max(1, options.jobs));
  try {
    return await launcher.launch({
      ...request,
      sweep: sweep.name,
      folder,
      command: ({ id }) => [...selfCommand(), 'cell', folder, id, '--json', ...threadsOf(sweep, options)],
      collect: [
        ...selfCommand(),
        'sweep',
        path.resolve(file),
        ...overrides,
        '--collect',
        ...placesOf(options),
      ],
      jobs: options.jobs,
      dryRun: options.dryRun,
      signal: io.signal,
      onEvent: (event) => {
        if (options.json) io.stdout.write(`${JSON.stringify(event)}\n`);
        else progress?.show(event);
      },
    });
  } finally {
    if (!options.dryRun) progress?.close();
  }
}

/** Cells that were made for several processes train as well in one; only, nobody may have meant it. */
function warnOfSingleRanks({ cells, slurm }: LoadedSweep, { launcher }: SweepOptions, io: Io): void {
  if (cells.every(({ runs }) => runs[0]?.config.distributed === 'none')) return;
  if (launcher === 'slurm' && slurm.ranks !== undefined) return;
  const remedy = launcher === 'slurm' ? 'slurm.ranks' : '--launcher slurm and slurm.ranks';
  io.stderr.write(
    `warning: \`distributed: mpi\`, but each cell is trained by one process; ${remedy} can give it more\n`,
  );
}

/** Jobs on one machine share its cores; a job of a cluster uses those it asks for, unless the experiment says how many. */
function threadsOf({ slurm, cells }: LoadedSweep, { threads, jobs, launcher }: SweepOptions): string[] {
  const argument = (count: number): string[] => ['--threads', String(count)];
  if (threads !== undefined) return argument(threads);
  if (launcher === 'local')
    return jobs <= 1 ? [] : argument(Math.max(1, Math.floor(availableParallelism() / jobs)));
  const byExperiment = cells[0]?.runs[0]?.config.threads ?? 0;
  return byExperiment > 0 || slurm.cpus === undefined ? [] : argument(slurm.cpus);
}

function placesOf({ store, results, engine }: SweepOptions): string[] {
  return [
    ...['--store', path.resolve(store), '--results', path.resolve(results)],
    ...(engine === undefined ? [] : ['--engine', engine]),
  ];
}

interface Gathering {
  readonly sweep: LoadedSweep;
  readonly plan: SweepPlan;
  readonly folder: string;
  readonly options: SweepOptions;
}

/** Writes results/<sweep>/ from what the cells have published. */
async function gather({ sweep, plan, folder, options }: Gathering): Promise<[SweepManifest, string]> {
  const { manifest, images } = await collectSweep(sweep, plan, folder);
  const results = path.resolve(options.results, sweep.name);
  await withDiskErrors(results, () => writeSweepResults(results, manifest, images));
  return [manifest, path.relative('', results) || '.'];
}

async function finish({ io, ...gathering }: Gathering & { readonly io: Io }): Promise<number> {
  const shared = await failedShared(gathering);
  const [manifest, folder] = await gather(gathering);
  const runs = manifest.cells.flatMap((cell) => cell.runs);
  const failed = runs.filter(({ status }) => status === 'failed');
  const missing = runs.filter(({ status }) => status === 'missing');
  if (gathering.options.json)
    io.stdout.write(
      `${JSON.stringify({
        type: 'results',
        folder,
        failed: [...shared, ...failed].map(({ id, reason }) => ({ id, reason })),
        missing: missing.map(({ id }) => id),
      })}\n`,
    );
  else io.stdout.write(`${formatMarkdown(buildSweepTable(manifest))}\nResults: ${folder}\n`);
  for (const { id, reason } of [...shared, ...failed])
    io.stderr.write(`error: ${id}: ${reason ?? 'failed'}\n`);
  if (missing.length > 0)
    io.stderr.write(`error: ${missing.length} of ${runs.length} experiments have not run\n`);
  if (failed.length + missing.length === 0) return ExitCode.ok;
  io.stderr.write(
    `  hint: logs are in ${path.relative('', path.join(gathering.folder, 'logs'))}; the same command runs what is missing\n`,
  );
  return ExitCode.partialSweep;
}

/** Shared jobs that failed: the cells say only that they wait for them. */
async function failedShared({
  plan,
  folder,
}: Gathering): Promise<{ id: string; reason: string | undefined }[]> {
  const states = await Promise.all(plan.shared.map(({ id }) => readJobState(folder, id)));
  return states.flatMap((state) =>
    state?.status === 'failed' ? [{ id: state.id, reason: state.error }] : [],
  );
}

function planText({ runs, shared }: SweepPlan, todo: JobsToRun, { text }: LaunchOutcome): string {
  const rows = [
    ...shared.map(({ id }) => [id, '', todo.shared.includes(id) ? 'will run' : 'cached']),
    ...runs.map(({ run, needs }) => [
      run.id,
      todo.shared.includes(needs) ? needs : '',
      todo.cells.includes(run.id) ? 'will run' : 'done',
    ]),
  ];
  const ends = text === undefined || text === '' ? '' : `\n${text}${text.endsWith('\n') ? '' : '\n'}`;
  return `${textTable(['job', 'after', 'state'], rows)}\n${todo.cells.length} of ${runs.length} experiments to run\n${ends}`;
}

function planJson({ name }: LoadedSweep, todo: JobsToRun, { text }: LaunchOutcome): string {
  return `${JSON.stringify({ sweep: name, ...todo, text })}\n`;
}
