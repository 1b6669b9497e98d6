// Whether MPI can be tried on this machine. With SDX_REQUIRE_MPI=1 a machine where it cannot fails the tests.
import { spawnSync } from 'node:child_process';

/** What is missing, or undefined. */
export async function whyNoMpi(): Promise<string | undefined> {
  if (spawnSync('mpirun', ['--version']).status !== 0)
    return 'mpirun is not installed (Debian: apt-get install openmpi-bin)';
  const koffi = await import('koffi').catch(() => undefined);
  if (koffi === undefined) return 'koffi is not installed (npm install koffi@3)';
  try {
    koffi.load('libmpi.so.40');
  } catch {
    return 'libmpi.so.40 does not load (Debian: apt-get install libopenmpi3)';
  }
  return undefined;
}

/** Why `srun --mpi=pmix` cannot start ranks here, or undefined: Slurm's plugin opens the library without a version. */
export async function whyNoPmix(): Promise<string | undefined> {
  const missing = await whyNoMpi();
  if (missing !== undefined) return missing;
  const { load } = await import('koffi');
  try {
    load('libpmix.so');
  } catch {
    return 'libpmix.so does not load (Debian: apt-get install libpmix-dev)';
  }
  return undefined;
}

export const mpiRequired = process.env['SDX_REQUIRE_MPI'] === '1';
