// A stage `latents` around an encoder whose results are easy to know, on a data set of little noise images.
import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { PackIndex } from '../../../src/datasets/pack.ts';
import { writeSafetensors } from '../../../src/weights/safetensors/safetensors.ts';
import type { Engine, HostTensor } from '../../../src/engine/engine.ts';
import { uniform } from '../../../src/rng/noise.ts';
import type { LatentsParams } from '../../../src/stages/kinds/latents/describe.ts';
import type { Artifact } from '../../../src/stages/stage.ts';
import { fakeEngine } from './fake-engine.ts';
import { stageContext, type TestContext } from './stage-context.ts';
import { writePack } from './written-pack.ts';

const size = 4;
export const count = 85;
const pixels = size * size * 3;

/** A latent has two channels of 2x2. */
export const latentShape = [2, 2, 2] as const;
export const latentLength = 8;

export const random: LatentsParams = {
  network: { codes: undefined } as unknown as NonNullable<LatentsParams['network']>,
  scaleFactor: 'auto',
  latentShape: [...latentShape],
};
export const deterministic: LatentsParams = {
  ...random,
  network: { codes: 8 } as unknown as NonNullable<LatentsParams['network']>,
};

function image(index: number): Uint8Array {
  return Uint8Array.from(uniform(3, 'test/images', 0, index, pixels), (x) => Math.floor(256 * x));
}

/** What the encoder gives for image `index`, unscaled: means, then standard deviations. */
export function encoded(index: number): Float32Array {
  return encode(Float32Array.from(image(index), (value) => value / 127.5 - 1));
}

/** Order within an image does not matter here: the first pixel decides. */
function encode(image: ArrayLike<number>, at = 0): Float32Array {
  return Float32Array.from({ length: 2 * latentLength }, (_, i) =>
    i < latentLength ? 3 * image[at]! + i / 7 : 0.1 + i / 100,
  );
}

export interface CountingEngine {
  readonly engine: Engine;
  /** First pixels of the images of each batch that was run. */
  readonly batches: number[][];
}

/** An encoder for `params`; calls `onBatch` before each batch. */
export function countingEngine(params: LatentsParams, onBatch?: (batch: number) => void): CountingEngine {
  const batches: number[][] = [];
  const channels = params === deterministic ? 2 : 4;
  const engine = fakeEngine(({ images }) => {
    onBatch?.(batches.length);
    const { data, shape } = images as HostTensor;
    const rows = Array.from({ length: shape[0]! }, (_, i) =>
      encode(data as Float32Array, i * pixels).slice(0, channels * 4),
    );
    batches.push(rows.map((_, i) => data[i * pixels]!));
    const flat = Float32Array.from(rows.flatMap((row) => [...row]));
    return { latents: { shape: [shape[0]!, channels, 2, 2], dtype: 'float32', data: flat } };
  });
  return { engine, batches };
}

/** Writes the data set, with `index` over what is known of it, and an autoencoder without weights into `folder`. */
export async function writeInputs(
  folder: string,
  index: Partial<PackIndex> = {},
): Promise<Readonly<Record<string, Artifact>>> {
  const artifact = (name: string): Artifact => ({ key: name, dir: path.join(folder, name), summary: {} });
  const inputs = { dataset: artifact('dataset'), autoencoder: artifact('autoencoder') };
  for (const { dir } of Object.values(inputs)) await mkdir(dir, { recursive: true });
  const images = Array.from({ length: count }, (_, i) => image(i));
  await writePack(inputs.dataset.dir, size, images, index);
  await writeSafetensors(path.join(inputs.autoencoder.dir, 'ema.safetensors'), {});
  return inputs;
}

export type LatentsContext = TestContext<LatentsParams>;

/** A context in fresh folders, with an encoder for `params`. */
export function contextIn(
  folder: string,
  params: LatentsParams,
  inputs: Readonly<Record<string, Artifact>>,
  change: Partial<LatentsContext> = {},
): Promise<LatentsContext> {
  const engine = () => Promise.resolve(countingEngine(params).engine);
  return stageContext({ folder, inputs }, params, { engine, ...change });
}

/** Contents of all files, by name. */
export async function filesIn(folder: string): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(folder)).sort();
  return Object.fromEntries(
    await Promise.all(
      names.map(async (name) => [name, (await readFile(path.join(folder, name))).toString('base64')]),
    ),
  ) as Record<string, string>;
}
