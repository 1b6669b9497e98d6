// Waiting for what a cluster's queue comes to, and reading what its jobs said.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isQueued, readQueue } from '../../../src/jobs/slurm/slurm-queue.ts';
import type { Cluster } from './cluster.ts';

/** Waits for `probe` to give something. */
export async function until<T>(
  cluster: Cluster,
  what: string,
  probe: () => Promise<T | undefined | false>,
  seconds = 120,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline)
      throw new Error(`not within ${seconds} s: ${what}\n${await cluster.command('squeue', ['-r'])}`);
    await sleep(150);
  }
}

/** Waits until no job of the sweep in `folder` waits or runs. */
export async function idle(cluster: Cluster, folder: string, seconds?: number): Promise<void> {
  await until(
    cluster,
    `the end of ${path.basename(folder)}`,
    async () => ![...(await readQueue(folder)).values()].some(isQueued),
    seconds,
  );
}

/** What Slurm and the script said of the tasks of a batch. */
export function scriptOutput(folder: string, batch: string): Promise<string> {
  return readFile(path.join(folder, 'slurm', batch), 'utf8');
}

/** As it stands in the log of a test run. */
export function indented(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `            ${line}`)
    .join('\n');
}
