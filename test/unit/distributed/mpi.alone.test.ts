import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

/** A fresh copy of the module: it starts MPI once. */
const openMpi = async () => (await import('../../../src/distributed/mpi.ts')).openMpi();

describe('openMpi without what it needs', () => {
  beforeEach(() => {
    vi.resetModules();
    for (const name of ['SLURM_STEP_NUM_TASKS', 'PMIX_RANK', 'PMI_RANK', 'OMPI_COMM_WORLD_SIZE'])
      vi.stubEnv(name, undefined);
  });
  afterEach(() => {
    vi.doUnmock('koffi');
    vi.unstubAllEnvs();
  });

  it('says how to install koffi', async () => {
    vi.doMock('koffi', () => {
      throw new Error("Cannot find package 'koffi'");
    });
    await expect(openMpi()).rejects.toMatchObject({
      code: 'usage',
      message: '`distributed: mpi` needs the package koffi, which does not load',
      hint: expect.stringContaining('npm install koffi@3') as unknown,
    });
  });

  it('says how to install Open MPI', async () => {
    vi.doMock('koffi', () => ({
      load: () => {
        throw new Error('libmpi.so.40: cannot open shared object file');
      },
    }));
    await expect(openMpi()).rejects.toMatchObject({
      code: 'usage',
      message: '`distributed: mpi` needs Open MPI, but libmpi.so.40 does not load',
      hint: expect.stringContaining('cannot open shared object file') as unknown,
    });
  });

  it('refuses tasks of srun that cannot find each other', async () => {
    vi.stubEnv('SLURM_STEP_NUM_TASKS', '4');
    await expect(openMpi()).rejects.toMatchObject({
      code: 'usage',
      hint: expect.stringContaining('srun --mpi=pmix') as unknown,
    });
  });
});
