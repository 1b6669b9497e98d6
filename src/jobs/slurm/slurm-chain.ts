// Hands a chain of batches to Slurm at once: each waits for the good end of the one before, so that a failure ends
// the chain and the same command, called again, submits what is missing. The record of the run says which jobs it has;
// it is written before Slurm hears of them, and again with the number of each.
import path from 'node:path';
import { acquireLock } from '../../store/lock.ts';
import { makeFolder } from '../../files/make-folder.ts';
import { withDiskErrors } from '../../files/system-errors.ts';
import { jobLogFile } from '../job-state.ts';
import type { LaunchOutcome } from '../launcher.ts';
import { describeSubmissions, Submitter, type JobCommand, type SlurmJobs } from './slurm-submit.ts';
import { listFolder, taskOutputFile } from './slurm-files.ts';
import { releaseLocksOfEndedJobs } from './slurm-locks.ts';
import type { SlurmSettings } from './slurm-settings.generated.ts';
import { lockFolders, queuedJobs, readMaxArraySize, submissionSummary, withoutSlurm } from './slurm.ts';
import { readSubmittedRun, writeSubmittedRun, type SubmittedJob } from '../submitted-run.ts';

/** A job and what the record says of it. */
export type ChainJob = JobCommand & Omit<SubmittedJob, 'log' | 'output' | 'slurmJob'>;

/** Jobs that may run side by side. */
export interface ChainLink {
  /** Part of the names of its files. */
  readonly name: string;
  readonly jobs: readonly ChainJob[];
}

export interface ChainRequest {
  readonly experiment: string;
  /** The experiment's file, absolute. */
  readonly file: string;
  /** submittedFolder of the run: record, scripts, lists and logs go there, and the jobs are named after it. */
  readonly folder: string;
  /** Of all artifacts that the jobs use or make. */
  readonly keys: readonly string[];
  readonly links: readonly ChainLink[];
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
}

/** Submits the jobs that are not in the queue. Throws UserError('usage') with what Slurm said. */
export async function submitChain(request: ChainRequest, settings: SlurmSettings): Promise<LaunchOutcome> {
  const { folder, signal } = request;
  if (request.dryRun) {
    const queue = await queuedJobs(folder).catch(withoutSlurm(new Map<string, string>()));
    const maxArraySize = await readMaxArraySize().catch(withoutSlurm(Infinity));
    const { submissions } = await submitLinks(request, settings, { queue, maxArraySize });
    return { status: 'planned', text: describeSubmissions(submissions) };
  }
  const at = listFolder(folder);
  for (const needed of [at, path.join(folder, 'logs')]) await withDiskErrors(at, () => makeFolder(needed));
  const lock = await acquireLock(path.join(at, 'submit.lock'), { signal });
  try {
    await releaseLocksOfEndedJobs(lockFolders(folder));
    const queue = await queuedJobs(folder);
    const queued = queue.size;
    const maxArraySize = await readMaxArraySize();
    const submitter = await submitLinks(request, settings, { queue, maxArraySize });
    return { status: 'submitted', text: submissionSummary(submitter, queued) };
  } finally {
    await lock.release();
  }
}

interface SlurmFacts {
  readonly queue: SlurmJobs;
  /** Tasks that one array may have. */
  readonly maxArraySize: number;
}

async function submitLinks(
  request: ChainRequest,
  settings: SlurmSettings,
  { queue, maxArraySize }: SlurmFacts,
): Promise<Submitter> {
  const { experiment, file, folder, keys, links, dryRun } = request;
  const isQueued = new Set(queue.keys());
  const submitter = await Submitter.open({ folder, dryRun }, settings, queue);
  const jobs = await recordedJobs(request, queue);
  const record = async (): Promise<void> => {
    if (!dryRun) await writeSubmittedRun(folder, { experiment, file, jobs: [...jobs.values()], keys });
  };
  await record();
  let needsAll: readonly string[] = [];
  for (const { name, jobs: wanted } of links) {
    const missing = wanted.filter(({ id }) => !isQueued.has(id));
    for (let start = 0; start < missing.length; start += maxArraySize) {
      const batch = { name, jobs: missing.slice(start, start + maxArraySize), needsAll };
      const submission = await submitter.submit(batch);
      for (const [task, id] of submission.ids.entries())
        jobs.set(id, {
          ...jobs.get(id)!,
          slurmJob: `${submission.job}_${task}`,
          output: taskOutputFile(folder, submission.name, task),
        });
      await record();
    }
    needsAll = wanted.map(({ id }) => id);
  }
  return submitter;
}

/** The jobs of the request, and before them those of earlier ones that are still in the queue; by id. */
async function recordedJobs(
  { folder, links }: ChainRequest,
  queue: SlurmJobs,
): Promise<Map<string, SubmittedJob>> {
  const earlier = (await readSubmittedRun(folder))?.jobs ?? [];
  const jobs = new Map(earlier.filter(({ id }) => queue.has(id)).map((job) => [job.id, job]));
  for (const { id, stages, shard, run } of links.flatMap((link) => link.jobs)) {
    const known = jobs.get(id); // with the stages that the queue's job has, which may have been more
    const slurmJob = queue.get(id);
    jobs.delete(id); // so that it stands where it follows in the chain
    jobs.set(id, {
      ...(known ?? { id, stages, ...(shard !== undefined && { shard }), run, log: jobLogFile(folder, id) }),
      ...(slurmJob !== undefined && { slurmJob }),
    });
  }
  return jobs;
}
