// Locks that jobs of Slurm left in the store when their node was lost. A requeued job recognises its own earlier run
// (lock.ts); this clears what is left of jobs that Slurm does not have any more, before their work is submitted again.
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { readLock } from '../../store/lock.ts';
import { systemErrorCode } from '../../files/system-errors.ts';
import { slurmCommand } from './slurm-commands.ts';

/** Removes the locks in `folders` of jobs that neither wait nor run. Throws UserError('usage') where Slurm does not answer. */
export async function releaseLocksOfEndedJobs(folders: readonly string[]): Promise<void> {
  const held = new Map<string, string>();
  for (const file of (await Promise.all(folders.map(locksIn))).flat()) {
    const owner = await readLock(file);
    if (typeof owner !== 'string' && owner.slurm !== undefined) held.set(file, owner.slurm.job);
  }
  if (held.size === 0) return;
  const alive = new Set((await slurmCommand('squeue', ['--noheader', '--array', '--format=%A'])).split('\n'));
  for (const [file, job] of held) if (!alive.has(job)) await rm(file, { force: true });
}

async function locksIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  });
  return names.filter((name) => name.endsWith('.lock')).map((name) => path.join(folder, name));
}
