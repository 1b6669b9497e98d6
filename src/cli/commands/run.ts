// `sdx run`: runs or resumes an experiment and prints its table.
import path from 'node:path';
import { ExitCode, UserError } from '../../errors.ts';
import { formatText } from '../../report/formats/text.ts';
import { describeSpeed } from '../../report/speed.ts';
import { buildTable } from '../../report/table/experiment-table.ts';
import type { RunEvent } from '../../runner/events.ts';
import { jobOfStateFile } from '../../jobs/job-state.ts';
import { lazyEngine } from '../../runner/lazy-engine.ts';
import { runExperiment } from '../../runner/run-experiment.ts';
import { runJob } from '../../runner/run-job.ts';
import type { RunOutcome } from '../../runner/run-plan.ts';
import { runStages, type StagesRun } from '../../runner/run-stages.ts';
import { stages } from '../../stages/registry.ts';
import { parseShard, shardText } from '../../stages/rows/shard.ts';
import { askedEngine } from '../asked-engine.ts';
import type { Io } from '../io.ts';
import { loadPipeline, type Pipeline } from '../load-pipeline.ts';
import type { RunOptions } from '../options.ts';
import { errorReport, reportText } from '../print-error.ts';
import { openProgress, type Progress } from '../progress.ts';
import type { LeadOptions } from '../run-over-mpi.ts';
import { selfCommand } from '../self-command.ts';
import { stageCosts } from '../stage-costs.ts';
import { textTable } from '../../report/formats/text-table.ts';

/** Exit 0, or 1 where stages of single models failed. Throws as runExperiment and runStages do. */
export async function runCommand(
  experiment: string,
  overrides: readonly string[],
  options: RunOptions,
  io: Io,
): Promise<number> {
  checkOptions(options);
  const pipeline = await loadPipeline(experiment, overrides, options, io);
  if (options.launcher !== undefined) {
    return submit(pipeline, overrides, options, io);
  }
  const run = options.stage === undefined ? runWhole : runChosen;
  const { config } = pipeline;
  const engine = await askedEngine(config, {}, io);
  if (config.distributed === 'none') return run(pipeline, options, { io, engine });
  const { runOverMpi } = await import('../run-over-mpi.ts');
  return runOverMpi(config, engine, io, options.json, (lead) => run(pipeline, options, lead));
}

function checkOptions({ stage, shard, launcher, shards, sbatch, dryRun }: RunOptions): void {
  const refuse = (message: string, hint: string): never => {
    throw new UserError('usage', message, { hint });
  };
  if (shard !== undefined && stage === undefined)
    refuse('of which stage is it a shard?', 'name it: --stage latents --shard 2/8');
  if (shard !== undefined && launcher !== undefined)
    refuse('--shard is for one job', 'say how many jobs share the work: --launcher slurm --shards 8');
  if (launcher === undefined && (shards !== undefined || sbatch !== undefined || dryRun))
    refuse('--shards, --sbatch and --dry-run are for a launcher', 'add --launcher slurm');
}

/** Hands the run to Slurm and says what was handed over. */
async function submit(
  { config, file, store }: Pipeline,
  overrides: readonly string[],
  options: RunOptions,
  io: Io,
): Promise<number> {
  const { submitRun } = await import('../../runner/submit-run.ts');
  const { stage, shards, sbatch = '', profile, name, dryRun, results, json } = options;
  const outcome = await submitRun({
    config,
    file,
    changes: [
      ...overrides,
      ...(profile === undefined ? [] : ['--profile', profile]),
      ...(name === undefined ? [] : ['--name', name]),
    ],
    store,
    resultsDir: results,
    stages,
    ...(stage !== undefined && { names: stage.split(',') }),
    ...(shards !== undefined && { shards }),
    sbatch: sbatch.split(/\s+/).filter((word) => word !== ''),
    engine: options,
    program: selfCommand(),
    dryRun,
    signal: io.signal,
  });
  io.stdout.write(json ? `${JSON.stringify(outcome)}\n` : `${outcome.text ?? ''}\n`);
  return ExitCode.ok;
}

type Lead = Omit<LeadOptions, 'team'> & Partial<Pick<LeadOptions, 'team'>>;

/** The experiment with its results. */
async function runWhole(pipeline: Pipeline, options: RunOptions, lead: Lead): Promise<number> {
  const { file, digest, variant } = pipeline;
  const run = await withProgress(pipeline, options, lead, async (common) =>
    runExperiment({
      ...common,
      variant: await variant(),
      file,
      configDigest: digest,
      resultsDir: options.results,
    }),
  );
  const folder = path.relative('', run.resultsFolder) || '.';
  const speed = describeSpeed(run.timings);
  if (!options.json && speed !== undefined) lead.io.stderr.write(`sampled: ${speed}\n`);
  lead.io.stdout.write(
    options.json
      ? `${JSON.stringify({ type: 'results', folder })}\n`
      : `${formatText(buildTable(run.manifest), lead.io.screen)}\nResults: ${folder}\n`,
  );
  return exitCodeOf(run.outcome, lead.io);
}

/** The stages named by --stage, or --shard of one; prints what became of each. */
async function runChosen(pipeline: Pipeline, options: RunOptions, lead: Lead): Promise<number> {
  const names = (options.stage ?? '').split(',');
  const shard = options.shard === undefined ? undefined : parseShard(options.shard);
  const run = await withProgress(pipeline, options, lead, (common) =>
    runStages({ ...common, names, ...(shard && { shard }) }),
  );
  const rows = run.chosen.map(({ id, key }) => ({ id, key, ...endOf(run, id) }));
  lead.io.stdout.write(
    options.json
      ? `${JSON.stringify({ type: 'stages', ...(shard && { shard: shardText(shard) }), stages: rows })}\n`
      : textTable(
          ['stage', 'status', 'artifact'],
          rows.map(({ id, status, folder }) => [
            id,
            status === 'shard' && shard ? `shard ${shardText(shard)} done` : status,
            folder ?? '',
          ]),
          lead.io.screen,
        ),
  );
  return exitCodeOf(run.outcome, lead.io);
}

function endOf({ outcome }: StagesRun, id: string): { readonly status: string; readonly folder?: string } {
  const end = outcome.nodes[id];
  if (end === undefined) return { status: 'not run' };
  return {
    status: end.status,
    ...('artifact' in end && { folder: path.relative('', end.artifact.dir) || '.' }),
  };
}

/** Where a job that the launcher submitted makes no progress. */
const remedy = "ask for more time, --sbatch '--time=...', and submit the run again; what is done is kept";

type Common = Pick<
  Parameters<typeof runExperiment>[0],
  'config' | 'store' | 'stages' | 'engine' | 'team' | 'signal' | 'onEvent'
>;

async function withProgress<T extends { readonly outcome: RunOutcome }>(
  { config, store }: Pipeline,
  options: RunOptions,
  { io, team, engine }: Lead,
  run: (common: Common) => Promise<T>,
): Promise<T> {
  const progress = options.json
    ? jsonLines(io)
    : openProgress(io, (announced) => stageCosts(announced, { config, store }));
  const show = (event: RunEvent): void => {
    progress.show(event);
  };
  const { signal } = io;
  const common = { config, store, stages, engine: lazyEngine(engine), ...(team && { team }), signal };
  const watched = (onEvent: (event: RunEvent) => void): Promise<T> => run({ ...common, onEvent });
  const { job } = options;
  const running =
    job === undefined
      ? watched(show)
      : runJob({ ...jobOfStateFile(job), store, remedy, signal, onEvent: show }, watched).then(
          ({ run }) => run,
        );
  return running.finally(() => {
    progress.close();
  });
}

/** Prints why models failed. */
function exitCodeOf({ failed, nodes }: RunOutcome, io: Io): number {
  for (const id of failed) {
    const outcome = nodes[id];
    if (outcome?.status === 'failed')
      io.stderr.write(`${reportText(errorReport(outcome.error), io.color)}\n`);
  }
  return failed.length > 0 ? ExitCode.stageFailed : ExitCode.ok;
}

/** One JSON object a line on stdout for every event. */
function jsonLines(io: Io): Progress {
  return {
    show: (event) => io.stdout.write(`${JSON.stringify(event)}\n`),
    close: () => undefined,
  };
}
