// Cells of a sweep with `distributed: mpi` on this machine: each is trained by one process, and nobody is left to
// wonder.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sdx } from '../support/processes/sdx.ts';
import { writeExperiment } from '../support/experiments/image-folder.ts';
import { readArtifacts } from '../support/mpi/trained-artifacts.ts';
import { mpiRequired, whyNoMpi } from '../support/mpi/why-no-mpi.ts';

const missing = await whyNoMpi();

describe.skipIf(missing !== undefined && !mpiRequired)('a sweep over MPI, launched locally', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sdx-mpi-sweep-'));
    await writeExperiment(folder);
    await writeFile(
      path.join(folder, 'sweep.yaml'),
      'name: mpi\nbase: tiny.yaml\nstudent: sd\noverrides: {distributed: mpi}\nseeds: 2\n',
    );
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('trains each cell in one process, and says so', async () => {
    const args = ['sweep', 'sweep.yaml', '--jobs', '2', '--threads', '1', '--store', 'store'];
    const { exitCode, stdout, stderr } = await sdx([...args, '--results', 'results'], { cwd: folder });
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toContain(
      'warning: `distributed: mpi`, but each cell is trained by one process; --launcher slurm and slurm.ranks can give it more',
    );
    expect(stdout).toMatch(/^base .* 2( |$)/m);
    const { distill, teacher } = await readArtifacts(path.join(folder, 'store'), { distributed: true });
    expect([distill?.ranks, teacher?.ranks]).toEqual(['1', '1']);
  });
});
