// Captions are encoded outside the graphs that use them, each once; where they come from changes no bit.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readSafetensors } from '../../../../src/weights/safetensors/safetensors.ts';
import type { Engine } from '../../../../src/engine/engine.ts';
import { packFiles } from '../../../../src/datasets/pack.ts';
import { selectEngine } from '../../../../src/engine/select-engine.ts';
import { clipText } from '../../../../src/models/clip/clip-text.ts';
import { contextCacheFiles, openContextCache } from '../../../../src/stages/conditions/context-cache.ts';
import { conditionInputs, openConditions } from '../../../../src/stages/conditions/conditions.ts';
import { promptSet } from '../../../../src/stages/conditions/prompt-set.ts';
import { writePack } from '../../../support/stages/written-pack.ts';
import { distill } from '../../../../src/stages/kinds/distill/describe.ts';
import { distillStage } from '../../../../src/stages/kinds/distill/run.ts';
import { modelFiles } from '../../../../src/stages/networks/model-files.ts';
import { sample } from '../../../../src/stages/kinds/sample/describe.ts';
import { sampleStage } from '../../../../src/stages/kinds/sample/run.ts';
import type { Artifact } from '../../../../src/stages/stage.ts';
import { teacher } from '../../../../src/stages/kinds/teacher/describe.ts';
import { teacherStage } from '../../../../src/stages/kinds/teacher/run.ts';
import {
  captions,
  clip,
  countingEncodings,
  distillParams,
  distinctCaptions,
  roomFor,
  sampleParams,
  teacherParams,
  writeCaptionWorld,
  type CaptionWorld,
} from '../../../support/stages/caption-world.ts';
import { runStage, stageContext } from '../../../support/stages/stage-context.ts';

// These tests train small networks: on a busy machine that takes longer than unit tests may.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const steps = 5;
let folder: string;
let world: CaptionWorld;
let engine: Engine;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sdx-captions-'));
  world = await writeCaptionWorld(folder);
  engine = await selectEngine({ engine: 'onnx', device: 'cpu', threads: 1 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Trained {
  readonly weights: string;
  readonly encoded: number;
  readonly workDir: string;
}

async function train(
  cacheGiB: number,
  change: { workDir?: string; stopAfter?: number } = {},
): Promise<Trained> {
  const counting = countingEncodings(engine);
  const stop = new AbortController();
  const context = await stageContext(world, teacherParams(world, { steps, cacheGiB }), {
    engine: () => Promise.resolve(counting.engine),
    signal: stop.signal,
    emit: (event) => {
      if (event.type === 'progress' && event.done === change.stopAfter) stop.abort();
    },
    ...(change.workDir !== undefined && { workDir: change.workDir }),
  });
  const running = runStage(teacher, teacherStage, context);
  if (change.stopAfter !== undefined) await expect(running).rejects.toThrow(/interrupt/i);
  else await running;
  const weights =
    change.stopAfter === undefined
      ? (await readFile(path.join(context.outputDir, modelFiles.weights))).toString('base64')
      : '';
  return { weights, encoded: counting.encoded(), workDir: context.workDir };
}

describe('training on captions of a frozen encoder', () => {
  it('encodes each once, and learns the same as when it encodes every batch', async () => {
    const everyBatch = await train(0);
    const once = await train(roomFor(100));
    const some = await train(roomFor(3));
    expect(once.encoded).toBe(distinctCaptions + 1); // with that of no caption
    expect(some.encoded).toBeGreaterThan(once.encoded);
    expect(everyBatch.encoded).toBeGreaterThan(some.encoded);
    expect(once.weights).toBe(everyBatch.weights);
    expect(some.weights).toBe(everyBatch.weights);
  });

  it('finds what an interrupted run has encoded, and encodes again what is damaged', async () => {
    const whole = await train(roomFor(100));
    const rest = async (damage: boolean): Promise<{ before: number; after: number }> => {
      const first = await train(roomFor(100), { stopAfter: 3 });
      if (damage) {
        const rows = path.join(first.workDir, contextCacheFiles.rows);
        await writeFile(
          rows,
          (await readFile(rows)).map((byte) => byte ^ 1),
        );
      }
      const second = await train(roomFor(100), { workDir: first.workDir });
      expect(second.weights).toBe(whole.weights);
      return { before: first.encoded, after: second.encoded };
    };
    const sound = await rest(false);
    expect(sound.before + sound.after).toBe(distinctCaptions + 1);
    expect((await rest(true)).after).toBeGreaterThan(sound.after);
  });

  it('leaves the encoder out of the models, teacher and student', async () => {
    const teacher = await trainedTeacher();
    const student = await stageContext(world, distillParams(world, { steps: 2, cacheGiB: roomFor(100) }), {
      engine: () => Promise.resolve(engine),
      inputs: { ...world.inputs, teacher },
    });
    await runStage(distill, distillStage, student);
    for (const dir of [teacher.dir, student.outputDir]) {
      const { tensors } = await readSafetensors(path.join(dir, modelFiles.ema));
      expect(Object.keys(tensors)).toContain('out.2.weight');
      expect(Object.keys(tensors).filter((name) => name.startsWith('cond_stage_model'))).toEqual([]);
    }
  });
});

async function trainedTeacher(): Promise<Artifact> {
  const { workDir } = await train(roomFor(100));
  return { key: 'teacher', dir: path.join(path.dirname(workDir), 'out'), summary: {} };
}

describe('sampling', () => {
  it('encodes captions before the time steps, and shows the same in batches of any size', async () => {
    const model = await trainedTeacher();
    const images: string[] = [];
    const encoded: number[] = [];
    for (const batchSize of [1, 3]) {
      const counting = countingEncodings(engine);
      const context = await stageContext(world, sampleParams(world, 3, batchSize), {
        engine: () => Promise.resolve(counting.engine),
        inputs: { ...world.inputs, model },
      });
      await runStage(sample, sampleStage, context);
      images.push((await readFile(path.join(context.outputDir, packFiles.images))).toString('base64'));
      encoded.push(counting.encoded());
    }
    expect(images[1]).toBe(images[0]);
    // Three captions, and none once a batch; in these first captions '' is one of them, which is none, too.
    expect(encoded).toEqual([2 + 2 + 1, 3]);
  });
});

describe('sampling of drawn captions', () => {
  it('gives the images of these captions, in the order in which they were drawn', async () => {
    const model = await trainedTeacher();
    const params = sampleParams(world, 3, 2);
    const imagesOf = async (dataset: Artifact, promptSeed?: number) => {
      const settings = { ...params.sample, ...(promptSeed !== undefined && { promptSeed }) };
      const context = await stageContext(
        world,
        { ...params, sample: settings },
        {
          engine: () => Promise.resolve(engine),
          inputs: { ...world.inputs, dataset, model },
        },
      );
      const { sampler } = await runStage(sample, sampleStage, context);
      return {
        bytes: (await readFile(path.join(context.outputDir, packFiles.images))).toString('base64'),
        sampler,
      };
    };
    const dataset = world.inputs['dataset']!;
    const drawn = await imagesOf(dataset, 11);
    expect(drawn.sampler.prompts).toEqual({ seed: 11, images: captions.length });
    const prompts = promptSet(
      captions.map((caption) => [caption]),
      { count: 3, seed: 11 },
    );
    expect(prompts.map(({ image }) => image)).not.toEqual([0, 1, 2]);
    const inThatOrder = path.join(folder, 'in-that-order');
    await writePack(
      inThatOrder,
      1,
      [1, 2, 3].map(() => new Uint8Array(3)),
      {
        captions: prompts.map(({ caption }) => caption),
      },
    );
    const expected = await imagesOf({ ...dataset, dir: inThatOrder });
    expect(expected.sampler.prompts).toBeUndefined();
    expect(drawn.bytes).toBe(expected.bytes);
    expect(drawn.bytes).not.toBe((await imagesOf(dataset)).bytes);
  });
});

describe('conditions of a frozen encoder', () => {
  it('are the contexts that the encoder gives within a graph, of any batch', async () => {
    const params = teacherParams(world, { steps, cacheGiB: 0 }).conditioning!;
    const conditions = (await openConditions(
      { inputs: world.inputs, engine: () => Promise.resolve(engine) },
      params,
      'train',
    ))!;
    const told = [...captions.map((_, index) => conditions.ofSample(index)), conditions.nothing];
    const { context } = await conditionInputs(conditions, told);
    await conditions.close();
    const shape = [told.length, clip.positions];
    const program = await engine.compile(
      ({ constants, inputs }) => ({ outputs: { context: clipText(constants, clip, inputs['ids']!) } }),
      {
        constants: (await readSafetensors(world.checkpoint)).tensors,
        inputs: { ids: { shape, dtype: 'int32' } },
      },
    );
    const data = Int32Array.from(told.flatMap(({ ids }) => ids));
    const inGraph = (await program.run({ ids: { shape, dtype: 'int32', data } }))['context']!;
    expect(context!.shape).toEqual(inGraph.shape);
    expect(context!.data).toEqual(inGraph.data);
    await program.dispose();
  });
});

describe('context cache', () => {
  it('gives back rows at any place, and those of another process', async () => {
    const at = await mkdtemp(path.join(folder, 'cache-'));
    const [one, other] = [await openContextCache(at, 3), await openContextCache(at, 3)];
    expect(await one.get(4)).toBeUndefined();
    await one.put(4, Float32Array.of(1, 2, 3));
    expect(await one.get(4)).toEqual(Float32Array.of(1, 2, 3));
    expect(await other.get(4)).toEqual(Float32Array.of(1, 2, 3));
    expect(await other.get(3)).toBeUndefined();
    await other.put(0, Float32Array.of(0, 0, 0));
    expect(await one.get(0)).toEqual(Float32Array.of(0, 0, 0));
    await Promise.all([one.close(), other.close()]);
  });
});
