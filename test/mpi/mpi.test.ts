// Training over MPI against training in one process, and interruptions of every kind, on real ranks.
import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readArtifacts, relativeDifference, type TrainedArtifact } from '../support/mpi/trained-artifacts.ts';
import { writeExperiment } from '../support/experiments/image-folder.ts';
import { sdxOnRanks, type Finished, type Progress } from '../support/mpi/mpirun.ts';
import { mpiRequired, whyNoMpi } from '../support/mpi/why-no-mpi.ts';

const missing = await whyNoMpi();
if (missing !== undefined && !mpiRequired) console.warn(`skipped: ${missing}`);

describe.skipIf(missing !== undefined && !mpiRequired)('training over MPI', () => {
  let folder: string;
  let alone: Readonly<Record<string, TrainedArtifact>>;
  let together: Readonly<Record<string, TrainedArtifact>>;

  const run = (
    ranks: number,
    store: string,
    changes: readonly string[] = [],
    onProgress?: (progress: Progress) => Promise<void> | void,
  ): Promise<Finished> =>
    sdxOnRanks(
      ranks,
      ['run', 'tiny.yaml', 'threads=1', ...changes, '--store', store, '--results', `${store}-results`],
      folder,
      onProgress,
    );
  const mpi = 'distributed=mpi';
  /** A store with what does not depend on training: the images and their features. */
  const freshStore = async (name: string): Promise<string> => {
    await cp(path.join(folder, 'alone'), path.join(folder, name), { recursive: true });
    return name;
  };

  beforeAll(async () => {
    expect(missing).toBeUndefined();
    folder = await mkdtemp(path.join(tmpdir(), 'sdx-mpi-'));
    await writeExperiment(folder);
    const single = await run(1, 'alone');
    expect(single, single.stderr).toMatchObject({ exitCode: 0 });
    const both = await run(2, await freshStore('together'), [mpi]);
    expect(both, both.stderr).toMatchObject({ exitCode: 0 });
    alone = await readArtifacts(path.join(folder, 'alone'));
    together = await readArtifacts(path.join(folder, 'together'), { distributed: true });
  }, 300_000);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(['autoencoder', 'teacher', 'distill'])(
    'gives the weights and losses of one process: %s',
    async (kind) => {
      const [one, two] = [alone[kind]!, together[kind]!];
      expect(two.ranks).toBe('2');
      expect(two.key).not.toBe(one.key);
      for (const file of ['weights.safetensors', 'ema.safetensors'])
        expect(await relativeDifference(one, two, file)).toBeLessThan(1e-6);
      expect(two.losses.length).toBe(one.losses.length);
      for (const [step, loss] of two.losses.entries())
        expect(Math.abs(loss / one.losses[step]! - 1), `step ${step + 1}`).toBeLessThan(1e-5);
    },
  );

  it('ends with the same bytes after a killed rank and a signal to one rank', async () => {
    const store = await freshStore('interrupted');
    let signalled = false;
    /** Sends `signal` to rank 1 once, at step `step` of `stage`. */
    const strike = (stage: string, step: number, signal: NodeJS.Signals) => {
      signalled = false;
      return async (progress: Progress): Promise<void> => {
        if (signalled || progress.stage !== stage || progress.done < step) return;
        signalled = true;
        process.kill((await progress.ranks())[1]!, signal);
      };
    };
    const killed = await run(2, store, [mpi], strike('teacher', 5, 'SIGKILL'));
    expect(signalled).toBe(true);
    expect(killed.exitCode).toBe(128 + 9);

    const stopped = await run(2, store, [mpi], strike('distill:sd', 2, 'SIGTERM'));
    expect(signalled).toBe(true);
    expect(stopped, stopped.stderr).toMatchObject({ exitCode: 130 });
    expect(stopped.stdout).toContain('going on from step');
    // Training keeps its last two checkpoints.
    expect([1, 2]).toContain((await checkpoints(path.join(folder, store))).length);

    const finished = await run(2, store, [mpi]);
    expect(finished, finished.stderr).toMatchObject({ exitCode: 0 });
    expect(finished.stdout).toContain('going on from step');
    const resumed = await readArtifacts(path.join(folder, store), { distributed: true });
    for (const kind of ['autoencoder', 'teacher', 'distill'])
      for (const file of ['weights.safetensors', 'ema.safetensors'])
        expect(await sameBytes(resumed[kind]!, together[kind]!, file), `${kind} ${file}`).toBe(true);
  }, 300_000);

  it('ends all ranks with the exit code of the one that fails', async () => {
    const store = await freshStore('broken');
    const work = path.join(folder, store, 'work');
    let broken = false;
    const finished = await run(2, store, [mpi], async ({ stage, done }) => {
      if (broken || stage !== 'autoencoder' || done < 1) return;
      broken = true;
      // The next checkpoint finds no folder.
      await rename(work, `${work}-away`);
      await writeFile(work, '');
    });
    expect(broken).toBe(true);
    expect(finished, finished.stderr).toMatchObject({ exitCode: 3 });
    expect(finished.stderr).toContain('"error":"autoencoder: ');
  }, 120_000);

  it('refuses batches that the ranks cannot share evenly', async () => {
    const finished = await run(3, 'uneven', [mpi]);
    expect(finished.exitCode).toBe(2);
    expect(finished.stderr).toContain('distill.batchSize 4: not divisible by 3 ranks');
  });
});

async function checkpoints(store: string): Promise<string[]> {
  const files = await readdir(path.join(store, 'work'), { recursive: true });
  return files.filter((file) => file.endsWith('.safetensors'));
}

async function sameBytes(a: TrainedArtifact, b: TrainedArtifact, file: string): Promise<boolean> {
  const [left, right] = await Promise.all([a, b].map(({ dir }) => readFile(path.join(dir, file))));
  return left!.equals(right!);
}
