// sdx under mpirun, with its ranks in reach of signals.
import { readdir, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { sdxCommand } from '../processes/compiled.ts';

/** Root in a container may; ranks may outnumber cores, and then give way to each other. */
export const mpiEnvironment = {
  OMPI_ALLOW_RUN_AS_ROOT: '1',
  OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1',
  OMPI_MCA_rmaps_base_oversubscribe: '1',
  OMPI_MCA_mpi_yield_when_idle: '1',
};

const env = { ...mpiEnvironment, NO_COLOR: '1' };

export interface Finished {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a stage's progress says. */
export interface Progress {
  readonly stage: string;
  readonly done: number;
  /** Process ids of the ranks, rank 0 first. */
  readonly ranks: () => Promise<readonly number[]>;
}

/** Runs `sdx <args> --json` on `ranks` processes; `onProgress` hears every step. */
export async function sdxOnRanks(
  ranks: number,
  args: readonly string[],
  cwd: string,
  onProgress?: (progress: Progress) => Promise<void> | void,
): Promise<Finished> {
  const command = [...sdxCommand, ...args, '--json'];
  const [file, ...rest] = ranks === 1 ? command : ['mpirun', '-n', String(ranks), ...command];
  const child = execa(file!, rest, { cwd, env, reject: false, stdin: 'ignore' });
  if (onProgress)
    createInterface(child.stdout).on('line', (line) => {
      const event = JSON.parse(line) as { type: string; stage: string; done: number };
      if (event.type === 'stage-progress')
        void onProgress({ stage: event.stage, done: event.done, ranks: () => ranksOf(child.pid!) });
    });
  const { exitCode, stdout, stderr } = await child;
  return { exitCode, stdout, stderr };
}

/** mpirun's children by the rank that Open MPI gave them. */
async function ranksOf(mpirun: number): Promise<number[]> {
  const found: number[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const [stat, environ] = await Promise.all(
      ['stat', 'environ'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '')),
    );
    if (stat!.slice(stat!.lastIndexOf(')')).split(' ')[2] !== String(mpirun)) continue;
    const rank = /(?:^|\0)OMPI_COMM_WORLD_RANK=(\d+)/.exec(environ!)?.[1];
    if (rank !== undefined) found[Number(rank)] = Number(pid);
  }
  return found;
}
