// A data set of captions, its latents and a small CLIP with random weights: what a teacher needs that is told captions.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { writeSafetensors } from '../../../src/weights/safetensors/safetensors.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import type { ClipTextConfig } from '../../../src/models/clip/clip-text-config.ts';
import { clipTextSpec } from '../../../src/models/clip/clip-text.ts';
import { normal } from '../../../src/rng/noise.ts';
import { randomParams } from '../../../src/stages/training/random-params.ts';
import type { DistillParams } from '../../../src/stages/kinds/distill/describe.ts';
import type { SampleParams } from '../../../src/stages/describing/sampling-settings.ts';
import type { TeacherParams } from '../../../src/stages/kinds/teacher/describe.ts';
import type { Artifact } from '../../../src/stages/stage.ts';
import { plainUnet } from '../networks/plain-unet.ts';
import { smallExperiment } from '../experiments/small-experiment.ts';
import { writePack } from './written-pack.ts';

/** Two of them are the same, and one says nothing. */
export const captions = ['a red cat', 'a blue dog', '', 'a red cat', 'two green birds', 'a fish in the sea'];
export const distinctCaptions = 5;

const latentShape = [3, 8, 8] as const;
/** Bytes, bytes at a word's end, no merges, start and end. */
const vocabSize = 2 * 256 + 2;
export const clip: ClipTextConfig = {
  vocabSize,
  positions: 6,
  width: 32,
  heads: 2,
  layers: 2,
  hiddenWidth: 64,
  activation: 'quick_gelu',
};
const contextGiB = (clip.positions * clip.width * 4) / 2 ** 30;

/** Disk for `count` contexts, in GiB. */
export function roomFor(count: number): number {
  return count * contextGiB;
}

export interface CaptionWorld {
  readonly folder: string;
  readonly inputs: Readonly<Record<string, Artifact>>;
  readonly vocabulary: string;
  readonly checkpoint: string;
}

export async function writeCaptionWorld(
  folder: string,
  network: ClipTextConfig = clip,
): Promise<CaptionWorld> {
  const artifact = (name: string): Artifact => ({
    key: name,
    dir: path.join(folder, name),
    summary: { scaleFactor: 1 },
  });
  const inputs = { dataset: artifact('dataset'), latents: artifact('latents') };
  for (const { dir } of Object.values(inputs)) await mkdir(dir);
  const count = captions.length;
  const images = captions.map(() => new Uint8Array(3));
  await writePack(inputs.dataset.dir, 1, images, { captions });
  await writeSafetensors(path.join(inputs.latents.dir, 'latents.safetensors'), {
    mean: {
      shape: [count, ...latentShape],
      dtype: 'float32',
      data: normal(1, 'test/latents', 0, 0, count * 192),
    },
  });
  const vocabulary = path.join(folder, 'merges.txt');
  await writeFile(vocabulary, '#version: 0.2\n');
  const checkpoint = path.join(folder, 'clip.safetensors');
  await writeSafetensors(checkpoint, randomParams(clipTextSpec(network), 3));
  return { folder, inputs, vocabulary, checkpoint };
}

export interface TeacherOptions {
  readonly steps: number;
  readonly cacheGiB: number;
  readonly network?: ClipTextConfig;
}

export function teacherParams(
  { vocabulary, checkpoint }: CaptionWorld,
  { steps, cacheGiB, network = clip }: TeacherOptions,
): TeacherParams {
  const end = vocabSize - 1;
  return {
    unet: {
      ...plainUnet,
      imageSize: 8,
      inChannels: 3,
      outChannels: 3,
      modelChannels: 32,
      attentionResolutions: [1],
      numResBlocks: 1,
      channelMult: [1],
      numHeads: 2,
      spatialTransformer: { depth: 1, contextDim: network.width },
    },
    conditioning: {
      network: {
        kind: 'text',
        encoder: network,
        emptyCaption: [end - 1, ...new Array<number>(network.positions - 1).fill(end)],
      },
      dropRate: 0.2,
      textEncoder: { kind: 'clip', checkpoint: { path: checkpoint, ema: 'prefer' }, vocabulary, cacheGiB },
    },
    latentShape: [...latentShape],
    diffusion: smallExperiment.diffusion,
    train: {
      ...smallExperiment.teacher.train!,
      steps,
      lrSchedule: 'constant',
      emaDecay: 0.9,
      checkpointEvery: 2,
      logEvery: 1,
    },
  };
}

/** A student of that teacher, of its size, with all terms in the loss. */
export function distillParams(world: CaptionWorld, options: TeacherOptions): DistillParams {
  const { unet, conditioning, diffusion, latentShape, train } = teacherParams(world, options);
  return {
    student: { name: 'sd', unet, spatial: true, freq: true },
    ...(conditioning && { conditioning }),
    copyEmbedder: true,
    teacherUnet: unet,
    distill: { ...smallExperiment.distill, ...train! },
    diffusion,
    latentShape,
  };
}

/** Samples of that teacher, with guidance. */
export function sampleParams(world: CaptionWorld, count: number, batchSize: number): SampleParams {
  const { unet, conditioning, diffusion, latentShape } = teacherParams(world, { steps: 1, cacheGiB: 1 });
  return {
    model: 'teacher',
    unet,
    ...(conditioning && { conditioning }),
    latentShape,
    diffusion,
    sample: {
      ...smallExperiment.sample,
      steps: 2,
      count,
      batchSize,
      guidanceScale: 2,
      gridColumns: 2,
      gridRows: 1,
    },
  };
}

/** The engine, and how many captions its programs have encoded: programs of nothing but `ids`. */
export function countingEncodings(engine: Engine): {
  readonly engine: Engine;
  readonly encoded: () => number;
} {
  let encoded = 0;
  return {
    encoded: () => encoded,
    engine: {
      ...engine,
      name: engine.name,
      describe: () => engine.describe(),
      async compile(fn, signature) {
        const program = await engine.compile(fn, signature);
        if (Object.keys(signature.inputs).join() !== 'ids') return program;
        return {
          getState: () => program.getState(),
          viewState: () => program.viewState(),
          setState: (state) => {
            program.setState(state);
          },
          dispose: () => program.dispose(),
          run: (inputs) => {
            encoded += inputs['ids']!.shape[0]!;
            return program.run(inputs);
          },
        };
      },
    },
  };
}
