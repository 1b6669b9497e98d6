// Hands a chain of batches to Slurm at once: each waits for the good end of the one before, so that a failure ends
// the chain and the same command, called again, submits what is missing.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { acquireLock } from '../../artifacts/lock.ts';
import { withDiskErrors } from '../../artifacts/store-errors.ts';
import type { LaunchEvent, LaunchOutcome } from './launcher.ts';
import { describeSubmissions, Submitter } from './slurm-submit.ts';
import { listFolder } from './slurm-files.ts';
import { releaseLocksOfEndedJobs } from './slurm-locks.ts';
import type { SlurmSettings } from './slurm-settings.ts';
import { queuedJobs, readMaxArraySize, submissionSummary, withoutSlurm } from './slurm.ts';

export interface ChainJob {
  /** File-name safe; the same at every launch. */
  readonly id: string;
  readonly command: readonly string[];
}

/** Jobs that may run side by side. */
export interface ChainLink {
  /** Part of the names of its files. */
  readonly name: string;
  readonly jobs: readonly ChainJob[];
}

export interface ChainRequest {
  /** Name of the jobs, and of the folder. */
  readonly name: string;
  /** `<store>/<folder>/<name>`, absolute; scripts, lists and logs go there. */
  readonly folder: string;
  readonly links: readonly ChainLink[];
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  readonly onEvent: (event: LaunchEvent) => void;
}

/** Submits the jobs that are not in the queue. Throws UserError('usage') with what Slurm said. */
export async function submitChain(request: ChainRequest, settings: SlurmSettings): Promise<LaunchOutcome> {
  if (request.dryRun) return submitLinks(request, settings);
  const at = listFolder(request.folder);
  for (const folder of [at, path.join(request.folder, 'logs')])
    await withDiskErrors(at, () => mkdir(folder, { recursive: true }));
  const lock = await acquireLock(path.join(at, 'submit.lock'), { signal: request.signal });
  try {
    await releaseLocksOfEndedJobs([path.resolve(request.folder, '..', '..', 'locks')]);
    return await submitLinks(request, settings);
  } finally {
    await lock.release();
  }
}

async function submitLinks(request: ChainRequest, settings: SlurmSettings): Promise<LaunchOutcome> {
  const { name, folder, links, dryRun, signal, onEvent } = request;
  const [queue, maxArraySize] = dryRun
    ? [
        await queuedJobs(folder).catch(withoutSlurm(new Map<string, string>())),
        await readMaxArraySize().catch(withoutSlurm(Infinity)),
      ]
    : [await queuedJobs(folder), await readMaxArraySize()];
  const queued = queue.size;
  const commands = new Map(links.flatMap(({ jobs }) => jobs.map(({ id, command }) => [id, command])));
  const submitter = await Submitter.open(
    {
      ...{ sweep: name, folder, shared: [], cells: [], collect: [], jobs: 0, dryRun, signal, onEvent },
      command: ({ id }) => commands.get(id) ?? [],
    },
    settings,
    queue,
  );
  let needsAll: readonly string[] = [];
  for (const link of links) {
    const missing = link.jobs.filter(({ id }) => !queue.has(id));
    for (let start = 0; start < missing.length; start += maxArraySize) {
      const jobs = missing.slice(start, start + maxArraySize).map(({ id }) => ({ id, experimentFile: '' }));
      await submitter.submit({ name: link.name, jobs, needsAll, follows: false }, 0);
    }
    needsAll = link.jobs.map(({ id }) => id);
  }
  return dryRun
    ? { status: 'planned', text: describeSubmissions(submitter.submissions) }
    : { status: 'submitted', text: submissionSummary(submitter, queued) };
}
