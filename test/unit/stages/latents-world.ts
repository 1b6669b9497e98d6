// A stage `latents` around an encoder whose results are easy to know, on a data set of little noise images.
import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { writeSafetensors } from '../../../src/artifacts/safetensors.ts';
import { packFiles, type PackIndex } from '../../../src/datasets/pack.ts';
import type { Engine, HostTensor } from '../../../src/engine/engine.ts';
import type { LatentsParams } from '../../../src/plan/stage-params.ts';
import { uniform } from '../../../src/rng/noise.ts';
import type { Artifact, StageContext } from '../../../src/stages/stage.ts';

const size = 4;
export const count = 85;
const pixels = size * size * 3;

/** Of a latent: two channels of 2x2. */
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
  const engine: Engine = {
    name: 'onnx',
    describe: () => ({}),
    compile: () =>
      Promise.resolve({
        run: ({ images }) => {
          onBatch?.(batches.length);
          const { data, shape } = images as HostTensor;
          const rows = Array.from({ length: shape[0]! }, (_, i) =>
            encode(data as Float32Array, i * pixels).slice(0, channels * 4),
          );
          batches.push(rows.map((_, i) => data[i * pixels]!));
          const flat = Float32Array.from(rows.flatMap((row) => [...row]));
          return Promise.resolve({
            latents: { shape: [shape[0]!, channels, 2, 2], dtype: 'float32' as const, data: flat },
          });
        },
        getState: () => ({}),
        viewState: () => ({}),
        setState: () => undefined,
        dispose: () => Promise.resolve(),
      }),
  };
  return { engine, batches };
}

/** Writes the data set and an autoencoder without weights into `folder`. */
export async function writeInputs(folder: string): Promise<Readonly<Record<string, Artifact>>> {
  const artifact = (name: string): Artifact => ({ key: name, dir: path.join(folder, name), summary: {} });
  const inputs = { dataset: artifact('dataset'), autoencoder: artifact('autoencoder') };
  for (const { dir } of Object.values(inputs)) await mkdir(dir);
  const index: PackIndex = { version: 1, count, size, digest: 'd', names: [], corrupt: [] };
  const images = Array.from({ length: count }, (_, i) => image(i));
  await writeFile(path.join(inputs.dataset.dir, packFiles.images), Buffer.concat(images));
  await writeFile(path.join(inputs.dataset.dir, packFiles.labels), JSON.stringify(index));
  await writeSafetensors(path.join(inputs.autoencoder.dir, 'ema.safetensors'), {});
  return inputs;
}

export type LatentsContext = StageContext<LatentsParams>;

/** A context in fresh folders. */
export async function contextIn(
  folder: string,
  params: LatentsParams,
  inputs: Readonly<Record<string, Artifact>>,
  change: Partial<LatentsContext> = {},
): Promise<LatentsContext> {
  const dir = await mkdtemp(path.join(folder, 'stage-'));
  const [outputDir, workDir] = [path.join(dir, 'out'), path.join(dir, 'work')];
  await mkdir(outputDir);
  await mkdir(workDir);
  return {
    params,
    inputs,
    seed: 7,
    outputDir,
    workDir,
    cacheDir: path.join(dir, 'cache'),
    emit: () => undefined,
    signal: new AbortController().signal,
    engine: () => Promise.resolve(countingEngine(params).engine),
    ...change,
  };
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
