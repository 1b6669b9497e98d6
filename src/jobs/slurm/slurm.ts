// The Slurm launcher: hands all jobs of a sweep to the cluster at once, with their dependencies, and returns. Nothing
// of sdx stays behind: Slurm starts, requeues and ends the jobs, each job keeps its own state file, and checkpoints
// make a restarted job end with the same bytes. Needs sbatch, squeue, scancel and scontrol.
import path from 'node:path';
import { acquireLock } from '../../store/lock.ts';
import { makeFolder } from '../../files/make-folder.ts';
import { withDiskErrors } from '../../files/system-errors.ts';
import { UserError } from '../../errors.ts';
import type { Launcher, LaunchOutcome, SubmitRequest } from '../launcher.ts';
import { planBatches } from './slurm-batches.ts';
import { slurmCommand } from './slurm-commands.ts';
import { listFolder } from './slurm-files.ts';
import { releaseLocksOfEndedJobs } from './slurm-locks.ts';
import { isQueued, readQueue } from './slurm-queue.ts';
import type { SlurmSettings } from './slurm-settings.generated.ts';
import { collectId, describeSubmissions, Submitter, type SlurmJobs } from './slurm-submit.ts';

/** Where Slurm cannot be asked (a dry run elsewhere): its default. */
const defaultMaxArraySize = 1001;

export function slurmLauncher(settings: SlurmSettings): Launcher {
  return {
    name: 'slurm',
    launch: (request) => (request.dryRun ? dryRun(request, settings) : launch(request, settings)),
    cancel: cancelSlurmJobs,
  };
}

/** Submits what neither has ended well (the caller leaves that out) nor is in the queue. */
async function launch(request: SubmitRequest, settings: SlurmSettings): Promise<LaunchOutcome> {
  const at = listFolder(request.folder);
  await withDiskErrors(at, () => makeFolder(at));
  await withDiskErrors(at, () => makeFolder(path.join(request.folder, 'logs')));
  const lock = await acquireLock(path.join(at, 'submit.lock'), { signal: request.signal });
  try {
    const maxArraySize = await readMaxArraySize();
    await releaseLocksOfEndedJobs(lockFolders(request.folder));
    return await submitMissing(request, settings, maxArraySize, await queuedJobs(request.folder));
  } finally {
    await lock.release();
  }
}

async function dryRun(request: SubmitRequest, settings: SlurmSettings): Promise<LaunchOutcome> {
  const jobs = await queuedJobs(request.folder).catch(withoutSlurm(new Map<string, string>()));
  const maxArraySize = await readMaxArraySize().catch(withoutSlurm(defaultMaxArraySize));
  return submitMissing(request, settings, maxArraySize, jobs);
}

/** Takes `instead` where Slurm does not answer. */
export function withoutSlurm<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof UserError) return instead;
    throw error;
  };
}

async function submitMissing(
  request: SubmitRequest,
  settings: SlurmSettings,
  maxArraySize: number,
  jobs: SlurmJobs,
): Promise<LaunchOutcome> {
  const atOnce = request.jobs > 0 ? request.jobs : (settings.maxParallel ?? 0);
  const queued = new Set(jobs.keys());
  const batches = planBatches({ ...request, queued, maxArraySize, atOnce });
  const submitter = await Submitter.open(request, settings, jobs);
  const oldCollect = jobs.get(collectId);
  for (const batch of batches) {
    if (request.signal.aborted)
      return { status: 'interrupted', text: submissionSummary(submitter, queued.size) };
    try {
      await submitter.submit({
        ...batch,
        jobs: batch.jobs.map((job) => ({ id: job.id, command: request.command(job) })),
        atOnce: batch.name === 'cells' ? atOnce : 0,
      });
    } catch (error) {
      throw afterSome(error, submitter);
    }
  }
  if (batches.length > 0) {
    await submitter.collect(request.collect);
    if (oldCollect !== undefined && !request.dryRun) await slurmCommand('scancel', [oldCollect]);
  }
  return request.dryRun
    ? { status: 'planned', text: describeSubmissions(submitter.submissions) }
    : { status: 'submitted', text: submissionSummary(submitter, queued.size) };
}

/** What a refused batch leaves behind is worth knowing. */
function afterSome(error: unknown, { submissions }: Submitter): unknown {
  if (!(error instanceof UserError) || submissions.length === 0) return error;
  const tasks = submissions.reduce((sum, { ids }) => sum + ids.length, 0);
  return new UserError(error.code, `${error.message} (${tasks} jobs were submitted before)`, {
    hint: error.hint,
    cause: error,
  });
}

/** What was submitted, for the reader. */
export function submissionSummary({ submissions }: Submitter, queued: number): string {
  const lines = submissions.map(
    ({ name, job, ids }) => `job ${job}: ${name}, ${ids.length} ${ids.length === 1 ? 'task' : 'tasks'}`,
  );
  if (queued > 0) lines.push(`${queued} already in the queue`);
  return lines.length === 0 ? 'nothing to submit' : lines.join('\n');
}

/** The queue's job id of every job of the launch in `folder` that waits or runs. */
export async function queuedJobs(folder: string): Promise<SlurmJobs> {
  const queue = await readQueue(folder);
  return new Map([...queue.values()].filter(isQueued).map(({ id, slurmJob }) => [id, slurmJob]));
}

/** Cancels the jobs of the launch in `folder` that wait or run; their ids. Running ones are told to save first. */
export async function cancelSlurmJobs(folder: string): Promise<readonly string[]> {
  const jobs = await queuedJobs(folder);
  if (jobs.size === 0) return [];
  await slurmCommand('scancel', [...jobs.values()]);
  return [...jobs.keys()].filter((id) => id !== collectId).sort();
}

/** How many tasks an array may have: their numbers stay below MaxArraySize. */
export async function readMaxArraySize(): Promise<number> {
  const text = await slurmCommand('scontrol', ['show', 'config']);
  const size = Number(/^MaxArraySize\s*=\s*(\d+)/m.exec(text)?.[1] ?? defaultMaxArraySize);
  if (size > 0) return size;
  throw new UserError('usage', 'this Slurm allows no job arrays (MaxArraySize=0)', {
    hint: 'ask its administrator, or use --launcher local',
  });
}

/** Where jobs of the launch in `<store>/<...>/<launch>` hold locks. */
export function lockFolders(folder: string): string[] {
  return [path.resolve(folder, '..', '..', 'locks'), path.join(folder, 'jobs')];
}
