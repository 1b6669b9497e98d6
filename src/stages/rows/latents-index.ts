// The form of the latents of a data set: safetensors files of some thousand samples each, as the encoder gave them,
// and an index with the scale that later stages see them in. Any safetensors reader can read the shards.
//
//   latents.json                       count, shape, scale factor, and of each shard: range, sha256, moments
//   latents-000000-004096.safetensors  `mean` [n, C, H, W], or `mean_std` [n, 2C, H, W] where latents are random:
//                                      the means of the posteriors, then their standard deviations; float32, unscaled
import { open, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { sizeOf } from '../../engine/engine.ts';
import { checksumFile } from '../../files/checksum.ts';
import { readAt } from '../../files/positional-io.ts';
import { safetensorsHead } from '../../weights/safetensors/stream.ts';
import { systemErrorCode } from '../../files/system-errors.ts';
import type { PartCounts } from '../../datasets/parts.ts';
import { StageError, UserError } from '../../errors.ts';

export interface LatentsForm {
  /** The shape of one latent, channels first. */
  readonly shape: readonly [number, number, number];
  /** Whether each latent is drawn from a posterior (KL): then there are standard deviations. */
  readonly random: boolean;
}

/** Moments of numbers, in float64. */
export interface Moments {
  readonly count: number;
  readonly mean: number;
  /** Sum of the squared deviations from the mean. */
  readonly squares: number;
}

/** What is known of a shard. */
export interface LatentsFileFacts {
  /** Name of the file in the artifact's folder. */
  readonly file: string;
  /** Samples [from, to). */
  readonly from: number;
  readonly to: number;
  readonly sha256: string;
  /** Moments of all elements of the unscaled means of training images. */
  readonly moments: Moments;
}

export interface LatentsIndex extends LatentsForm {
  readonly version: 1;
  readonly count: number;
  /** Images of each part, where the data set is divided: they lie in the order of their parts. */
  readonly parts?: PartCounts;
  /** Behind the images, the shards hold those of training once more, mirrored. */
  readonly mirrored?: true;
  /** What is in the shards times this is a latent; both products are rounded to float32. */
  readonly scaleFactor: number;
  readonly shards: readonly LatentsFileFacts[];
}

const indexFile = 'latents.json';

export function tensorName({ random }: Pick<LatentsForm, 'random'>): string {
  return random ? 'mean_std' : 'mean';
}

/** Shape of one row of a shard. */
export function rowShape({ shape: [channels, height, width], random }: LatentsForm): number[] {
  return [random ? 2 * channels : channels, height, width];
}

/** Elements of the mean of one latent. */
export function latentSize({ shape }: Pick<LatentsForm, 'shape'>): number {
  return sizeOf(shape);
}

export function rowSize(form: LatentsForm): number {
  return latentSize(form) * (form.random ? 2 : 1);
}

/** The bytes of a shard of `rows` samples before its data. */
export function shardHead(form: LatentsForm, rows: number): Uint8Array {
  return safetensorsHead([{ name: tensorName(form), shape: [rows, ...rowShape(form)] }]);
}

/**
 * Reads a shard once more and takes its checksum, and the moments of the samples before `trainingEnd`. Throws StageError
 * where latents are not finite.
 */
export async function factsOf(
  form: LatentsForm,
  range: { readonly file: string; readonly from: number; readonly to: number },
  written: string,
  trainingEnd: number,
): Promise<LatentsFileFacts> {
  const rows = range.to - range.from;
  const moments = await momentsOf(form, rows, Math.max(0, Math.min(rows, trainingEnd - range.from)), written);
  if (!Number.isFinite(moments.squares))
    throw new StageError('latents', 'the latents are not finite', {
      hint: 'the autoencoder diverged in training, or the checkpoint is not of this network',
    });
  const { file, from, to } = range;
  return { file, from, to, sha256: (await checksumFile(written)).sha256, moments };
}

/**
 * Of the first `counted` of `rows` samples, in two passes in their order: of a data set in one shard, the numbers that a
 * plain sum gives.
 */
async function momentsOf(form: LatentsForm, rows: number, counted: number, file: string): Promise<Moments> {
  if (counted === 0) return { count: 0, mean: 0, squares: 0 };
  const head = shardHead(form, rows).length;
  const sum = (term: (value: number) => number): Promise<number> =>
    sumOver(form, { rows: counted, head }, file, term);
  const count = counted * latentSize(form);
  const mean = (await sum((value) => value)) / count;
  return { count, mean, squares: await sum((value) => (value - mean) ** 2) };
}

const rowsAtOnce = 64;

/** Sum of `term` over the elements of the means of the first `rows` samples, which `head` bytes precede. */
async function sumOver(
  form: LatentsForm,
  { rows, head }: { readonly rows: number; readonly head: number },
  file: string,
  term: (value: number) => number,
): Promise<number> {
  const [row, latent] = [rowSize(form), latentSize(form)];
  const data = new Float32Array(rowsAtOnce * row);
  const handle = await open(file, 'r');
  let sum = 0;
  try {
    for (let start = 0; start < rows; start += rowsAtOnce) {
      const length = Math.min(rowsAtOnce, rows - start);
      const bytes = new Uint8Array(data.buffer, 0, length * row * data.BYTES_PER_ELEMENT);
      if (!(await readAt(handle, bytes, head + start * row * data.BYTES_PER_ELEMENT)))
        throw new StageError('latents', `${file} became shorter while it was read`);
      for (let i = 0; i < length; i++)
        for (let at = i * row; at < i * row + latent; at++) sum += term(data[at]!);
    }
  } finally {
    await handle.close();
  }
  return sum;
}

/** Moments of the union (Chan, Golub, LeVeque 1979); of one set, its own. */
export function mergeMoments(sets: readonly Moments[]): Moments {
  return sets.reduce((a, b) => {
    if (b.count === 0) return a;
    const count = a.count + b.count;
    const delta = b.mean - a.mean;
    return {
      count,
      mean: a.mean + (delta * b.count) / count,
      squares: a.squares + b.squares + (delta * delta * a.count * b.count) / count,
    };
  });
}

export function standardDeviation({ count, squares }: Moments): number {
  return Math.sqrt(squares / count);
}

export async function writeIndex(folder: string, index: LatentsIndex): Promise<void> {
  await writeFile(path.join(folder, indexFile), `${JSON.stringify(index, null, 2)}\n`);
}

/** The index in `folder`; undefined where there is none. Throws UserError('input') for one that cannot be read. */
export async function readIndex(folder: string): Promise<LatentsIndex | undefined> {
  const file = path.join(folder, indexFile);
  try {
    const index = JSON.parse(await readFile(file, 'utf8')) as Partial<LatentsIndex> | null;
    if (index?.version === 1 && Array.isArray(index.shards)) return index as LatentsIndex;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new UserError('input', 'the index of the latents is damaged, or of another version of sdx', {
    hint: 'remove the artifact and run again',
    where: { file },
  });
}
