// The stage `latents`: what it writes, and that neither interruptions nor parts change a byte of it.
import { createHash } from 'node:crypto';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors } from '../../../../../src/weights/safetensors/safetensors.ts';
import { InterruptedError } from '../../../../../src/errors.ts';
import { normal } from '../../../../../src/rng/noise.ts';
import { openLatents } from '../../../../../src/stages/rows/latents-file.ts';
import type { LatentsIndex } from '../../../../../src/stages/rows/latents-index.ts';
import { latentsStageOf } from '../../../../../src/stages/kinds/latents/run.ts';
import { latents } from '../../../../../src/stages/kinds/latents/describe.ts';
import type { AnyStage, Artifact } from '../../../../../src/stages/stage.ts';
import {
  contextIn,
  count,
  countingEngine,
  deterministic,
  encoded,
  filesIn,
  latentLength,
  latentShape,
  random,
  writeInputs,
} from '../../../../support/stages/latents-world.ts';
import { runStage } from '../../../../support/stages/stage-context.ts';

const shardSize = 32;
const inShards = (size: number): AnyStage => latentsStageOf(size);
const stage = inShards(shardSize);
let folder: string;
let inputs: Readonly<Record<string, Artifact>>;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sdx-latents-'));
  inputs = await writeInputs(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function indexIn(dir: string): Promise<LatentsIndex> {
  return JSON.parse(await readFile(path.join(dir, 'latents.json'), 'utf8')) as LatentsIndex;
}

/** Files of an undivided, undisturbed run. */
async function wholeRun(params = random): Promise<Readonly<Record<string, string>>> {
  const context = await contextIn(folder, params, inputs);
  await stage.run(context);
  return filesIn(context.outputDir);
}

/** Standard deviation of the unscaled means of the first `length` images, as plain sums give it. */
function deviation(length = count): number {
  const all = Array.from({ length }, (_, i) => [...encoded(i).subarray(0, latentLength)]).flat();
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  return Math.sqrt(all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length);
}

describe('the artifact', () => {
  it('holds shards of unscaled moments, and an index with their ranges and checksums', async () => {
    const { outputDir, ...context } = await contextIn(folder, random, inputs);
    const summary = await runStage(latents, stage, { outputDir, ...context });
    const { shards, ...index } = await indexIn(outputDir);
    expect(shards.map(({ from, to }) => [from, to])).toEqual([
      [0, 32],
      [32, 64],
      [64, 85],
    ]);
    expect(index).toMatchObject({ version: 1, count, shape: latentShape, random: true });
    for (const { file, from, to, sha256 } of shards) {
      const bytes = await readFile(path.join(outputDir, file));
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
      const { mean_std: tensor } = (await readSafetensors(path.join(outputDir, file))).tensors;
      expect(tensor!.shape).toEqual([to - from, 4, 2, 2]);
      const expected = Array.from({ length: to - from }, (_, i) => [...encoded(from + i)]).flat();
      expect([...tensor!.data]).toEqual(expected);
    }
    expect(summary).toMatchObject({ count, latentShape, scaleFactor: index.scaleFactor });
    expect(Math.abs(summary['std'] - 1)).toBeLessThan(1e-12);
  });

  it('holds one draw of each posterior where that is asked for, in any division of the work', async () => {
    const params = { ...random, sampled: true } as const;
    const { outputDir, ...context } = await contextIn(folder, params, inputs);
    await stage.run({ outputDir, ...context });
    const { shards, random: isRandom, scaleFactor } = await indexIn(outputDir);
    expect(isRandom).toBe(false);
    const { mean } = (await readSafetensors(path.join(outputDir, shards[1]!.file))).tensors;
    expect(mean!.shape).toEqual([32, ...latentShape]);
    const noise = normal(0, 'stored-latents', 0, 40, latentLength);
    const posterior = encoded(40);
    const drawn = Float32Array.from(noise, (z, i) => posterior[i]! + posterior[latentLength + i]! * z);
    expect(mean!.data.slice(8 * latentLength, 9 * latentLength)).toEqual(drawn);
    expect(scaleFactor).toBeLessThan(1 / deviation()); // draws spread more than means
    const again = await contextIn(folder, params, inputs);
    await inShards(16).runShard!(again, { number: 1, of: 2 });
    await inShards(16).run(again);
    expect((await indexIn(again.outputDir)).scaleFactor).toBeCloseTo(scaleFactor, 12);
  });

  it('holds means alone where encoding is deterministic', async () => {
    const { outputDir, ...context } = await contextIn(folder, deterministic, inputs);
    await stage.run({ outputDir, ...context });
    const { shards, random } = await indexIn(outputDir);
    expect(random).toBe(false);
    const { mean } = (await readSafetensors(path.join(outputDir, shards[2]!.file))).tensors;
    expect(mean!.shape).toEqual([21, ...latentShape]);
    expect([...mean!.data.subarray(0, 8)]).toEqual([...encoded(64).subarray(0, 8)]);
  });

  it('of pixels holds the images in [-1, 1], scaled by 1', async () => {
    const params = { scaleFactor: 1, latentShape: [3, 4, 4] as const };
    const { outputDir, ...context } = await contextIn(folder, params, inputs);
    await stage.run({ outputDir, ...context });
    const { shards, scaleFactor } = await indexIn(outputDir);
    expect(scaleFactor).toBe(1);
    const { mean } = (await readSafetensors(path.join(outputDir, shards[0]!.file))).tensors;
    expect(mean!.shape).toEqual([32, 3, 4, 4]);
    expect(Math.min(...mean!.data)).toBeGreaterThanOrEqual(-1);
    expect(3 * mean!.data[0]!).toBeCloseTo(encoded(0)[0]!, 6);
  });

  it('gives the scale of plain sums: to the last bit in one shard, to rounding in several', async () => {
    const scaleOf = async (size: number): Promise<number> => {
      const { outputDir, ...context } = await contextIn(folder, random, inputs);
      await inShards(size).run({ outputDir, ...context });
      return (await indexIn(outputDir)).scaleFactor;
    };
    expect(await scaleOf(4096)).toBe(1 / deviation());
    expect(Math.abs((await scaleOf(shardSize)) * deviation() - 1)).toBeLessThan(1e-14);
  });

  it('has the scale of the training images alone, and opens by part', async () => {
    const parts = { train: 45, validation: 15, 'held-out': 25 };
    const divided = await writeInputs(path.join(folder, 'divided'), { parts });
    const { outputDir, ...context } = await contextIn(folder, deterministic, divided);
    await stage.run({ outputDir, ...context });
    const index = await indexIn(outputDir);
    expect(index.parts).toEqual(parts);
    expect(Math.abs(index.scaleFactor * deviation(45) - 1)).toBeLessThan(1e-14);
    for (const memory of [0, 2 ** 20]) {
      const heldOut = await openLatents({ dir: outputDir }, 'held-out', memory);
      expect(heldOut.count).toBe(25);
      const rows = await heldOut.rows([0, 24]);
      await heldOut.close();
      expect([...rows]).toEqual([60, 84].flatMap((image) => [...encoded(image).subarray(0, latentLength)]));
    }
  });

  it('is refused where latents are not finite', async () => {
    const { engine } = countingEngine(random);
    const broken = {
      ...engine,
      compile: async (...args: Parameters<typeof engine.compile>) => {
        const program = await engine.compile(...args);
        const run: typeof program.run = async (given) => {
          const { latents } = await program.run(given);
          (latents!.data as Float32Array)[5] = NaN;
          return { latents: latents! };
        };
        return { ...program, run };
      },
    };
    const context = await contextIn(folder, random, inputs, { engine: () => Promise.resolve(broken) });
    await expect(stage.run(context)).rejects.toThrow('the latents are not finite');
  });
});

it('goes on in the middle of a shard after an interruption, with the same bytes', async () => {
  const controller = new AbortController();
  const first = countingEngine(random, (batch) => {
    if (batch === 2) controller.abort(); // the first batch of the second shard
  });
  const context = await contextIn(folder, random, inputs, {
    engine: () => Promise.resolve(first.engine),
    signal: controller.signal,
  });
  await expect(stage.run(context)).rejects.toThrow(InterruptedError);
  expect(first.batches).toHaveLength(3);
  expect(Object.keys(await filesIn(context.workDir))).toContain('latents-000032-000064.safetensors.part');

  const second = countingEngine(random);
  const { signal } = new AbortController();
  await stage.run({ ...context, signal, engine: () => Promise.resolve(second.engine) });
  expect(second.batches).toHaveLength(3); // of 6: 85 images in batches of 16
  expect(await filesIn(context.outputDir)).toEqual(await wholeRun());
});

it('cuts off what an interruption left half-written', async () => {
  const controller = new AbortController();
  const context = await contextIn(folder, random, inputs, { signal: controller.signal });
  const stopping = countingEngine(random, (batch) => {
    if (batch === 0) controller.abort();
  });
  await expect(stage.run({ ...context, engine: () => Promise.resolve(stopping.engine) })).rejects.toThrow(
    InterruptedError,
  );
  const part = path.join(context.workDir, 'latents-000000-000032.safetensors.part');
  const half = (await readFile(part)).subarray(-4 * 64); // four rows of 16 floats, as of the second batch
  await appendFile(part, Buffer.concat([half, Buffer.from('rubbish')]));
  const { engine, batches } = countingEngine(random);
  const { signal } = new AbortController();
  await stage.run({ ...context, signal, engine: () => Promise.resolve(engine) });
  expect(batches).toHaveLength(5);
  expect(await filesIn(context.outputDir)).toEqual(await wholeRun());
});

describe('parts', () => {
  it('are done in any order, and a plain run then only gathers them', async () => {
    const context = await contextIn(folder, random, inputs);
    for (const part of [2, 1]) await stage.runShard!(context, { number: part, of: 2 });
    const { engine, batches } = countingEngine(random);
    await stage.run({ ...context, engine: () => Promise.resolve(engine) });
    expect(batches).toEqual([]);
    expect(await filesIn(context.outputDir)).toEqual(await wholeRun());
  });

  it('compute only their own shards', async () => {
    const computed = await Promise.all(
      [1, 2, 3, 4].map(async (part) => {
        const { engine, batches } = countingEngine(random);
        const context = await contextIn(folder, random, inputs, { engine: () => Promise.resolve(engine) });
        await stage.runShard!(context, { number: part, of: 4 });
        return batches.length;
      }),
    );
    expect(computed).toEqual([0, 2, 2, 2]); // three shards: the first part has none
  });

  it('report their progress as parts', async () => {
    const progress: (readonly [number, number])[] = [];
    const context = await contextIn(folder, random, inputs, {
      emit: (event) => {
        if (event.type === 'progress') progress.push([event.done, event.total]);
      },
    });
    await stage.runShard!(context, { number: 2, of: 2 });
    expect(progress).toEqual([
      [16, 53],
      [32, 53],
      [48, 53],
      [53, 53],
    ]);
  });

  it('leave out what is claimed and finished by others, and stop where the stage is published', async () => {
    const claims: string[] = [];
    let published = false;
    const { engine, batches } = countingEngine(random);
    const context = await contextIn(folder, random, inputs, {
      engine: () => Promise.resolve(engine),
      sharing: {
        claim: (piece) => {
          claims.push(piece);
          published = claims.length === 2;
          return Promise.resolve({ release: () => Promise.resolve() });
        },
        isPublished: () => Promise.resolve(published),
      },
    });
    await stage.runShard!(context, { number: 1, of: 1 });
    expect(claims).toEqual(['latents-000000-000032.safetensors', 'latents-000032-000064.safetensors']);
    expect(batches).toHaveLength(2);
  });
});
