// How later stages read latents: the same numbers from memory, from shards on disk, and from the earlier form.
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeSafetensors } from '../../../../src/weights/safetensors/safetensors.ts';
import { normal } from '../../../../src/rng/noise.ts';
import { drawLatents, openLatents, type Latents } from '../../../../src/stages/rows/latents-file.ts';
import { latents as description } from '../../../../src/stages/kinds/latents/describe.ts';
import { latentsStageOf } from '../../../../src/stages/kinds/latents/run.ts';
import {
  contextIn,
  count,
  deterministic,
  encoded,
  latentLength,
  random,
  writeInputs,
} from '../../../support/stages/latents-world.ts';
import { runStage } from '../../../support/stages/stage-context.ts';

let folder: string;
const dirs: Record<string, string> = {};
let scale: number;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sdx-latents-file-'));
  const inputs = await writeInputs(folder);
  for (const [name, params] of Object.entries({ random, deterministic })) {
    const context = await contextIn(folder, params, inputs);
    const summary = await runStage(description, latentsStageOf(16), context);
    dirs[name] = context.outputDir;
    scale = summary.scaleFactor;
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const indices = [84, 0, 17, 17, 63, 31];
const slots = [0, 1, 2, 3, 4, 5];

async function draw(latents: Latents, step = 3): Promise<number[]> {
  const drawn = [...(await drawLatents(latents, indices, 11, step, slots))];
  await latents.close();
  return drawn;
}

/** Product as the stages before this one wrote it. */
const scaled = (value: number): number => Math.fround(value * scale);

it('draws from scaled posteriors, rounded where they always were', async () => {
  const expected = indices.flatMap((index, slot) => {
    const noise = normal(11, 'latents', 3, slot, latentLength);
    const row = encoded(index);
    return Array.from({ length: latentLength }, (_, i) =>
      Math.fround(scaled(row[i]!) + scaled(row[latentLength + i]!) * noise[i]!),
    );
  });
  expect(await draw(await openLatents({ dir: dirs['random']! }, 'train'))).toEqual(expected);
});

it('draws no noise where encoding is deterministic', async () => {
  const expected = indices.flatMap((index) => [...encoded(index).subarray(0, latentLength)].map(scaled));
  expect(await draw(await openLatents({ dir: dirs['deterministic']! }, 'train'))).toEqual(expected);
});

it.each(['random', 'deterministic'])('reads %s latents from disk as from memory', async (name) => {
  const dir = dirs[name]!;
  const held = await openLatents({ dir }, 'train');
  const onDisk = await openLatents({ dir }, 'train', 0);
  expect(onDisk).toMatchObject({ count, shape: held.shape, random: held.random });
  const all = Array.from({ length: count }, (_, i) => i);
  expect(await onDisk.rows(all)).toEqual(await held.rows(all));
  expect(await draw(onDisk)).toEqual(await draw(held));
});

it('reads the form of earlier versions to the same numbers', async () => {
  const dir = path.join(folder, 'earlier');
  await mkdir(dir);
  const part = (from: number) => ({
    shape: [count, 2, 2, 2],
    dtype: 'float32' as const,
    data: Float32Array.from(
      Array.from({ length: count }, (_, i) =>
        [...encoded(i).subarray(from, from + latentLength)].map(scaled),
      ).flat(),
    ),
  });
  await writeSafetensors(path.join(dir, 'latents.safetensors'), { mean: part(0), std: part(latentLength) });
  expect(await draw(await openLatents({ dir }, 'train'))).toEqual(
    await draw(await openLatents({ dir: dirs['random']! }, 'train')),
  );
});

it('closes after the reads that are on their way', async () => {
  const latents = await openLatents({ dir: dirs['random']! }, 'train', 0);
  const drawing = drawLatents(latents, indices, 11, 3, slots);
  await latents.close();
  expect([...(await drawing)]).toEqual(await draw(await openLatents({ dir: dirs['random']! }, 'train')));
});

it('refuses a folder without latents, a broken index and shards that are not what it says', async () => {
  const dir = path.join(folder, 'broken');
  await mkdir(dir);
  await expect(openLatents({ dir }, 'train')).rejects.toThrow('cannot open');
  await writeFile(path.join(dir, 'latents.json'), '{"version": 2}');
  await expect(openLatents({ dir }, 'train')).rejects.toThrow('the index of the latents is damaged');
  const cut = await openLatents({ dir: dirs['deterministic']! }, 'train', 0);
  const shard = path.join(dirs['deterministic']!, 'latents-000016-000032.safetensors');
  await truncate(shard, 200);
  await expect(cut.rows([0, 20])).rejects.toThrow(`${shard} is damaged`);
  await cut.close();
});
