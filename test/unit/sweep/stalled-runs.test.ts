// Jobs of a cluster that run into their time limit again and again.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { TimeLimitError } from '../../../src/errors.ts';
import { readJobState, writeJobState, type JobState } from '../../../src/jobs/job-state.ts';
import { writeSweepFolder } from '../../../src/sweep/sweep-folder.ts';
import type { FakeContext } from '../../support/stages/fake-stages.ts';
import { runJob, sweepWorld, type SweepWorld } from '../../support/experiments/sweep-world.ts';

// These tests run jobs again and again: on a busy machine that takes longer than unit tests may.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const id = 'base-seed0';
let world: SweepWorld;
beforeEach(async () => {
  world = await sweepWorld('name: many\nbase: base.yaml\nstudent: sd\n');
  await world.store.prepare();
  await writeSweepFolder(world.folder, world.plan, {
    sweep: 'many',
    file: world.sweep.file,
    launcher: 'slurm',
  });
});

/** Runs the job until `stage` is half done and is stopped there for `reason`; its state after that. */
async function stoppedAt(
  stage: string,
  reason: unknown,
  before?: (context: FakeContext) => Promise<void>,
): Promise<JobState | undefined> {
  const controller = new AbortController();
  await runJob(world.folder, id, {
    signal: controller.signal,
    behaviour: async (at, context) => {
      if (at !== stage) return;
      await before?.(context);
      controller.abort(reason);
    },
  });
  return readJobState(world.folder, id);
}

const timeLimit = new TimeLimitError();

test('two runs that used up their time without progress are enough', async () => {
  // Publishes what comes before.
  expect(await stoppedAt('evaluate:sd', timeLimit)).toMatchObject({ status: 'interrupted', stalledRuns: 0 });
  expect(await stoppedAt('evaluate:sd', timeLimit)).toMatchObject({ status: 'interrupted', stalledRuns: 1 });
  expect(await stoppedAt('evaluate:sd', timeLimit)).toMatchObject({
    status: 'failed',
    stalledRuns: 2,
    error:
      'no progress in 2 runs that used up the time limit: nothing was finished and no checkpoint advanced',
  });
});

test('the error names the stage and a remedy', async () => {
  for (let run = 0; run < 2; run++) await stoppedAt('evaluate:sd', timeLimit);
  const controller = new AbortController();
  const { error } = await runJob(world.folder, id, {
    signal: controller.signal,
    behaviour: () => {
      controller.abort(timeLimit);
    },
  });
  expect(error).toMatchObject({
    name: 'StageError',
    stage: 'evaluate:sd',
    hint: expect.stringContaining('raise slurm.time') as string,
  });
});

test('a checkpoint is progress', async () => {
  let size = 0;
  for (let run = 0; run < 4; run++)
    expect(
      await stoppedAt('distill:sd', timeLimit, ({ workDir }) =>
        writeFile(path.join(workDir, 'more'), 'x'.repeat(++size)),
      ),
    ).toMatchObject({ status: 'interrupted', stalledRuns: 0 });
});

test('progress starts the count anew', async () => {
  await stoppedAt('distill:sd', timeLimit);
  expect(await stoppedAt('distill:sd', timeLimit)).toMatchObject({ stalledRuns: 1 });
  expect(await stoppedAt('evaluate:sd', timeLimit)).toMatchObject({ status: 'interrupted', stalledRuns: 0 });
});

test('runs that are preempted do not count, and do not start the count anew', async () => {
  await stoppedAt('evaluate:sd', timeLimit);
  for (let run = 0; run < 3; run++)
    expect(await stoppedAt('evaluate:sd', undefined)).toMatchObject({ stalledRuns: 0 });
  expect(await stoppedAt('evaluate:sd', timeLimit)).toMatchObject({ stalledRuns: 1 });
  expect(await stoppedAt('evaluate:sd', undefined)).toMatchObject({ status: 'interrupted', stalledRuns: 1 });
  expect(await stoppedAt('evaluate:sd', timeLimit)).toMatchObject({ status: 'failed' });
});

test('a new submission starts from 0', async () => {
  for (let run = 0; run < 3; run++) await stoppedAt('evaluate:sd', timeLimit);
  await writeJobState(world.folder, { id, status: 'submitted' });
  expect(await stoppedAt('evaluate:sd', timeLimit)).toMatchObject({ status: 'interrupted', stalledRuns: 1 });
});
