// Models of random weights, each exported as a pipeline and sampled by sdx: what pipeline.test.ts compares in diffusers.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { expect } from 'vitest';
import { loadExperiment } from '../../src/config/load.ts';
import { openPack } from '../../src/datasets/pack.ts';
import { sizeOf } from '../../src/engine/engine.ts';
import { nodesOf } from '../../src/plan/plan.ts';
import { batchNormal } from '../../src/rng/noise.ts';
import { preparePlan } from '../../src/runner/prepare-plan.ts';
import { catalog } from '../../src/stages/catalog.ts';
import { openStore } from '../../src/store/store.ts';
import { writeSafetensors } from '../../src/weights/safetensors/safetensors.ts';
import { writeVariation, type Changes } from '../support/experiments/family.ts';
import { publishModels } from '../support/experiments/publish-models.ts';
import { tameParams } from '../support/experiments/random-networks.ts';
import { sdxInProcess } from '../support/processes/in-process.ts';

/** A model of an experiment, and how diffusers are to call its class. */
export interface ExportedModel {
  readonly changes: Changes;
  readonly model: string;
  readonly className: string;
  /** What latents are multiplied by. */
  readonly scaleFactor: number;
}

/** A mild schedule keeps what random networks sample between black and white. */
export const mildDiffusion = { timesteps: 100, linearStart: 0.0015, linearEnd: 0.0195 };
const vDiffusion = { ...mildDiffusion, prediction: 'v' };
const sample = { steps: 5, count: 4, batchSize: 4, gridColumns: 4 };
const common = { diffusion: mildDiffusion, sample };

export const exportedModels: Readonly<Record<string, ExportedModel>> = {
  'unconditional teacher, KL autoencoder': {
    changes: common,
    model: 'teacher',
    className: 'LDMPipeline',
    scaleFactor: 0.5,
  },
  'wavelet-gated student on pixels, v-prediction': {
    changes: { ...common, autoencoder: { kind: 'none' }, diffusion: vDiffusion },
    model: 'sd',
    className: 'DDIMPipeline',
    scaleFactor: 1,
  },
  'wavelet-gated student of classes with guidance, VQ autoencoder': {
    changes: {
      ...common,
      autoencoder: {
        ...{ kind: 'vq', codes: 16, channels: 32, channelMult: [1, 1], numResBlocks: 1 },
        ...{ zChannels: 2, embedDim: 2, train: { steps: 1, batchSize: 1, learningRate: 1e-3 } },
      },
      dataset: { categories: ['Activities', 'Objects'] },
      conditioning: { kind: 'class', classes: 2, width: 16 },
      sample: { ...sample, guidanceScale: 2 },
    },
    model: 'sd',
    className: 'SdxPipeline',
    scaleFactor: 0.7,
  },
  'teacher of captions with guidance on pixels, v-prediction': {
    changes: {
      ...common,
      autoencoder: { kind: 'none' },
      conditioning: {
        kind: 'text',
        encoder: { kind: 'words', width: 16, layers: 1, heads: 2, tokens: 4, vocabulary: 50 },
      },
      diffusion: vDiffusion,
      sample: { ...sample, guidanceScale: 1.5 },
    },
    model: 'teacher',
    className: 'SdxPipeline',
    scaleFactor: 1,
  },
};

/** Where the files of a model are, by its name; `folder` is the pipeline. */
export function filesOf(root: string, name: string) {
  const dir = path.join(root, name.replaceAll(/\W+/g, '-'));
  const file = (what: string): string => path.join(dir, what);
  return {
    dir,
    folder: file('pipeline'),
    noise: file('noise.safetensors'),
    images: file('images.u8'),
    theirs: file('theirs.safetensors'),
  };
}

/** What Python is told of an exported model (pipeline_peers.py). */
export interface SamplingJob {
  readonly folder: string;
  readonly noise: string;
  readonly out: string;
  readonly className: string;
  readonly call: object;
}

/** Publishes a model, samples four images of it, and exports it; what Python is to do with the export. */
export async function exportModelOf(
  root: string,
  name: string,
  { changes, model, scaleFactor, className }: ExportedModel,
): Promise<SamplingJob> {
  const { dir, folder, noise, images, theirs } = filesOf(root, name);
  await mkdir(dir);
  const experiment = await writeVariation(dir, 'whole', changes);
  const store = openStore(path.join(dir, 'store'));
  await publishModels(experiment, store.dir, { scaleFactor, params: tameParams });
  const sdx = async (...args: string[]): Promise<void> => {
    expect(await sdxInProcess(...args, '--store', store.dir)).toMatchObject({ exitCode: 0 });
  };
  const grid = path.join(dir, 'ours.png');
  await sdx('run', experiment, '--stage', 'dataset');
  await sdx('sample', experiment, model, '--output', grid);
  await sdx('export', experiment, model, '--form', 'pipeline', '--output', folder);

  const { config } = await loadExperiment(experiment);
  const { nodes } = await preparePlan({ config, store, stages: catalog });
  const { params, seed } = nodesOf(nodes, catalog.sample).find((node) => node.name === model)!;
  await writeNoise(noise, seed, params.latentShape);
  await writeFile(images, await cutOut(grid, sample.count, config.dataset.size));
  const dataset = (await store.find(nodes.find(({ id }) => id === 'dataset')!.key))!;
  const told = await toldOf(params.conditioning?.network.kind, dataset.dir);
  const guidance = params.conditioning && { guidance_scale: config.sample.guidanceScale };
  const call = { num_inference_steps: config.sample.steps, eta: 0, ...guidance, ...told };
  return { folder, noise, out: theirs, className, call };
}

/** The noise that the first four samples start from. */
export async function writeNoise(file: string, seed: number, latentShape: readonly number[]): Promise<void> {
  const indices = Array.from({ length: sample.count }, (_, i) => i);
  const data = batchNormal(seed, 'sample', 0, indices, sizeOf(latentShape));
  await writeSafetensors(file, { noise: { shape: [sample.count, ...latentShape], dtype: 'float32', data } });
}

/** What `sdx sample` tells the first four samples: classes in turn, captions in the order of the images. */
async function toldOf(kind: 'class' | 'text' | undefined, images: string): Promise<object> {
  if (kind === undefined) return {};
  if (kind === 'class') return { class_labels: [0, 1, 0, 1] };
  const pack = await openPack(images, 'held-out');
  await pack.close();
  return { prompt: pack.captions!.slice(0, sample.count) };
}

/** The images of a row of a grid, [n, size, size, 3]. */
async function cutOut(grid: string, count: number, size: number, gap = 2): Promise<Buffer> {
  const images = Array.from({ length: count }, (_, i) =>
    sharp(grid)
      .extract({ left: gap + i * (size + gap), top: gap, width: size, height: size })
      .removeAlpha()
      .raw()
      .toBuffer(),
  );
  return Buffer.concat(await Promise.all(images));
}
