// Chosen stages and shards of them, with stages that only pretend.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStore } from '../../../src/store/store.ts';
import { UserError } from '../../../src/errors.ts';
import type { RunEvent } from '../../../src/runner/events.ts';
import { readRunRecord } from '../../../src/runner/run-record.ts';
import { runStages, type StagesRun } from '../../../src/runner/run-stages.ts';
import type { Shard } from '../../../src/stages/rows/shard.ts';
import type { UntypedContext } from '../../../src/stages/stage.ts';
import { fakeStages } from '../../support/stages/fake-stages.ts';
import { smallExperiment } from '../../support/experiments/small-experiment.ts';

let dir: string;
let events: RunEvent[];
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'sdx-stages-'));
  events = [];
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const store = () => openStore(path.join(dir, 'store'));

/** Runs stages; of latents and samples, parts can be done by `part`. */
async function run(
  names: readonly string[],
  shard?: Shard,
  part: (context: Omit<UntypedContext, 'outputDir' | 'group'>, shard: Shard) => Promise<void> = () =>
    Promise.resolve(),
): Promise<StagesRun & { readonly started: readonly string[] }> {
  const { stages, started } = fakeStages();
  const result = await runStages({
    config: smallExperiment,
    store: store(),
    stages: {
      ...stages,
      latents: { ...stages.latents, runShard: part },
      sample: { ...stages.sample, runShard: part },
    },
    names,
    ...(shard && { shard }),
    engine: () => Promise.reject(new Error('no stage here needs an engine')),
    signal: new AbortController().signal,
    onEvent: (event) => events.push(event),
  });
  return { ...result, started };
}

test('runs the chosen stages and what they need, and nothing else', async () => {
  const { chosen, outcome, started } = await run(['teacher']);
  expect(chosen.map(({ id }) => id)).toEqual(['teacher']);
  expect(started).toEqual(['dataset', 'autoencoder', 'latents', 'teacher']);
  expect(outcome.nodes['teacher']).toMatchObject({ status: 'done' });
  expect((await run(['latents', 'distill:lite'])).started).toEqual(['distill:lite']);
});

test('a kind stands for all its stages', async () => {
  const { chosen } = await run(['sample']);
  expect(chosen.map(({ id }) => id)).toEqual(['sample:teacher', 'sample:lite', 'sample:sd']);
});

test('keeps a record of its own', async () => {
  await run(['latents'], { number: 2, of: 3 });
  expect(await readRunRecord(store().runFile('small'))).toBeUndefined();
  const record = await readRunRecord(store().runFile('small-latents-2-of-3'));
  expect(record?.nodes['latents']?.status).toBe('done');
});

describe('a part', () => {
  test('works in the work folder, beside others, and publishes nothing', async () => {
    const shards: Shard[] = [];
    const lock = await store()
      .prepare()
      .then(() => store().lock('0'.repeat(32)));
    const { outcome, started } = await run(['latents'], { number: 2, of: 3 }, async (context, shard) => {
      shards.push(shard);
      expect(context).not.toHaveProperty('outputDir');
      const claim = await context.sharing!.claim('piece');
      const locks = await readdir(path.join(dir, 'store', 'locks'));
      expect(locks.some((name) => /^\w{32}\.piece\.lock$/.test(name))).toBe(true);
      expect(await context.sharing!.isPublished()).toBe(false);
      await writeFile(path.join(context.workDir, 'piece'), 'rows');
      await claim.release();
    });
    await lock.release();
    expect(shards).toEqual([{ number: 2, of: 3 }]);
    expect(started).toEqual(['dataset', 'autoencoder']);
    expect(outcome.nodes['latents']).toEqual({ status: 'shard' });
    expect(events.find(({ type }) => type === 'stage-shard-done')).toMatchObject({ number: 2, of: 3 });
    const { key } = (await run(['latents'])).chosen[0]!;
    expect(await store().find(key)).toBeDefined();
    expect(await readdir(path.join(dir, 'store', 'work'))).toEqual([]);
  });

  test('of a published stage has nothing to do', async () => {
    await run(['latents']);
    const { outcome } = await run(['latents'], { number: 1, of: 2 }, () => Promise.reject(new Error('ran')));
    expect(outcome.nodes['latents']).toMatchObject({ status: 'cached' });
  });

  test('waits for the process that works on the same piece, and says so', async () => {
    await run(['latents'], { number: 1, of: 1 }, async ({ sharing }) => {
      const first = await sharing!.claim('piece');
      const second = sharing!.claim('piece');
      setTimeout(() => void first.release(), 50);
      await (await second).release();
    });
    expect(events.find(({ type }) => type === 'stage-info')).toMatchObject({
      stage: 'latents',
      message: expect.stringContaining(`waits for piece, at which process ${process.pid}`) as string,
    });
  });

  test.each([
    [['teacher'], 'teacher cannot be done in shards', 'latents, sample can'],
    [['latents', 'sample:sd'], 'a shard of sample:sd needs all of latents', 'first do all shards of latents'],
    [['latent'], 'the experiment has no stage latent', 'give a kind or one of dataset, autoencoder, latents'],
  ])('of %j is refused', async (names, message, hint) => {
    const refused = run(names, { number: 1, of: 2 });
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toSatisfy(
      (error) => error instanceof UserError && error.hint?.startsWith(hint) === true,
    );
    expect(events).toEqual([]);
  });
});
