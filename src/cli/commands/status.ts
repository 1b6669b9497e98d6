// `sdx status`: where the last run of an experiment stands, also while it goes on, and the jobs that do it on Slurm.
// A sweep's status is sweep-status.ts.
import { ExitCode } from '../../errors.ts';
import type { LockOwner } from '../../store/lock.ts';
import type { NodeRecord, RunRecord } from '../../runner/run-record.ts';
import { readRunState, type RunState } from '../../runner/run-state.ts';
import { readSubmittedJobs } from '../../runner/submitted-jobs.ts';
import { detectSweep } from '../../sweep/detect-sweep.ts';
import { formatDuration } from '../../duration.ts';
import type { Io } from '../io.ts';
import type { PipelineOptions } from '../options.ts';
import { submittedText } from '../submitted-text.ts';
import { textTable, type Screen } from '../../report/formats/text-table.ts';
import { timeText } from '../time-text.ts';
import { sweepStatus } from './sweep-status.ts';

export async function statusCommand(
  experiment: string,
  overrides: readonly string[],
  options: PipelineOptions,
  io: Io,
): Promise<number> {
  const sweep = (await detectSweep(experiment))?.name;
  if (sweep !== undefined) return sweepStatus(sweep, options, io);
  const { loadPipeline } = await import('../load-pipeline.ts'); // slow to load, and a sweep needs none of it
  const { config, store } = await loadPipeline(experiment, overrides, options, io);
  const [run, submitted] = await Promise.all([
    readRunState(store, config.name),
    readSubmittedJobs(store, config.name),
  ]);
  const problem = submitted.find(({ queueProblem }) => queueProblem !== undefined)?.queueProblem;
  if (problem !== undefined) io.stderr.write(`warning: the queue is not known: ${problem}\n`);
  if (options.json) {
    const found = run !== undefined || submitted.length > 0;
    const status = { experiment: config.name, ...run?.record, ...(run && { locks: run.locks }), submitted };
    io.stdout.write(`${JSON.stringify(found ? status : null, null, 2)}\n`);
    return ExitCode.ok;
  }
  const parts = [
    ...(run === undefined ? [] : [`${headline(run.record)}\n\n${nodeTable(run, io.screen)}`]),
    ...submitted.map((one) => submittedText(one, io.screen)),
  ];
  io.stdout.write(
    parts.length === 0 ? `${config.name} has not been run in ${options.store}\n` : parts.join('\n'),
  );
  return ExitCode.ok;
}

function headline({ experiment, status, process, started, finished, updated }: RunRecord): string {
  const who = status === 'running' ? ` (process ${process.pid} on ${process.host})` : '';
  const end = finished ?? (status === 'running' ? undefined : updated);
  return `${experiment}: ${status}${who}, started ${timeText(started)}${end ? `, ended ${timeText(end)}` : ''}`;
}

function nodeTable({ record: { nodes, process }, locks }: RunState, screen?: Screen): string {
  return textTable(
    ['stage', 'status', 'time', 'notes'],
    Object.entries(nodes).map(([id, node]) => [
      id,
      node.status,
      node.seconds === undefined ? '' : formatDuration(node.seconds),
      [progressText(node), failureText(node), lockText(locks[id], process)].filter(Boolean).join('; '),
    ]),
    screen,
  );
}

function progressText({ status, progress }: NodeRecord): string {
  if (progress === undefined || (status !== 'running' && status !== 'interrupted')) return '';
  return `${Math.floor(progress.done)}/${progress.total} ${progress.unit}`;
}

function failureText({ status, error }: NodeRecord): string {
  return status === 'failed' && error !== undefined ? error.message : '';
}

/** Worth saying only where it is not the run that the record is about. */
function lockText(owner: LockOwner | undefined, own: LockOwner): string {
  if (owner === undefined || (owner.pid === own.pid && owner.host === own.host)) return '';
  return `process ${owner.pid} on ${owner.host} is at work on it`;
}
