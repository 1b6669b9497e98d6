// The latents of a data set as later stages read them: scaled, by index, drawn from their posteriors. Small sets are
// held in memory; of larger ones, each batch is read where it lies.
import path from 'node:path';
import { SafetensorsFile, readSafetensors } from '../../weights/safetensors/safetensors.ts';
import { damagedFile } from '../../weights/weights-file.ts';
import { rangeOfPart, type Part } from '../../datasets/parts.ts';
import { UserError } from '../../errors.ts';
import { latentsInMemory } from '../kinds/latents/describe.ts';
import { normal } from '../../rng/noise.ts';
import {
  latentSize,
  readIndex,
  rowShape,
  rowSize,
  tensorName,
  type LatentsForm,
  type LatentsIndex,
  type LatentsFileFacts,
} from './latents-index.ts';
import type { Artifact } from '../stage.ts';

export interface Latents extends LatentsForm {
  readonly count: number;
  /** Image i has a mirrored view, which is row count + i. */
  readonly mirrored?: true;
  /** Factor of what `rows` gives. */
  readonly scaleFactor: number;
  /** Unscaled means, and where latents are random also standard deviations: [indices.length, C or 2C, H, W]. */
  readonly rows: (indices: readonly number[]) => Promise<Float32Array>;
  /** Waits for reads on their way. */
  readonly close: () => Promise<void>;
}

/**
 * Opens the latents of a part of the images, which is all of a data set that is not divided. Throws UserError('input')
 * if the artifact holds none, or damaged ones.
 */
export async function openLatents(
  { dir }: Pick<Artifact, 'dir'>,
  part: Part,
  memory = latentsInMemory,
): Promise<Latents> {
  const index = await readIndex(dir);
  if (index === undefined) return openSingleFile(dir);
  const { from, to } = rangeOfPart(index.parts, part, index.count);
  const all = await openAll(dir, index, memory);
  const count = to - from;
  const rowOf = (each: number): number => (each < count ? from + each : index.count + each - count);
  return {
    ...all,
    count,
    ...(index.mirrored && part === 'train' && { mirrored: true as const }),
    rows: (indices) => all.rows(indices.map(rowOf)),
  };
}

async function openAll(dir: string, index: LatentsIndex, memory: number): Promise<Latents> {
  const { shape, random, scaleFactor } = index;
  const count = index.shards.at(-1)?.to ?? 0;
  const files = new ShardFiles(dir, index);
  const bytes = count * rowSize(index) * Float32Array.BYTES_PER_ELEMENT;
  if (bytes > memory)
    return {
      ...{ count, shape, random, scaleFactor },
      rows: (indices) => files.rows(indices),
      close: () => files.close(),
    };
  const all = new Float32Array(count * rowSize(index));
  try {
    for (const shard of index.shards) all.set(await files.all(shard), shard.from * rowSize(index));
  } finally {
    await files.close();
  }
  return { shape, random, scaleFactor, ...heldRows(all, count) };
}

/** Opens the latents of a part for as long as `use` takes. */
export async function withLatents<T>(
  artifact: Artifact,
  part: Part,
  use: (latents: Latents) => Promise<T>,
): Promise<T> {
  const latents = await openLatents(artifact, part);
  try {
    return await use(latents);
  } finally {
    await latents.close();
  }
}

/**
 * Draws latents [indices.length, C, H, W] of the samples `indices` from their posteriors, sample i with the noise of
 * (seed, "latents", step, slots[i]).
 */
export async function drawLatents(
  latents: Latents,
  indices: readonly number[],
  seed: number,
  step: number,
  slots: readonly number[],
): Promise<Float32Array> {
  const { scaleFactor, random } = latents;
  const size = latentSize(latents);
  const rows = await latents.rows(indices);
  if (!random && scaleFactor === 1) return rows;
  const batch = new Float32Array(indices.length * size);
  for (const [row, slot] of slots.entries()) {
    const from = row * rowSize(latents);
    const noise = random ? normal(seed, 'latents', step, slot, size) : undefined;
    for (let i = 0; i < size; i++) {
      batch[row * size + i] = rows[from + i]! * scaleFactor;
      if (noise !== undefined)
        batch[row * size + i]! += Math.fround(rows[from + size + i]! * scaleFactor) * noise[i]!;
    }
  }
  return batch;
}

function heldRows(all: Float32Array, count: number): Pick<Latents, 'count' | 'rows' | 'close'> {
  const size = all.length / count;
  return {
    count,
    rows: (indices) => {
      const rows = new Float32Array(indices.length * size);
      for (const [row, index] of indices.entries())
        rows.set(all.subarray(index * size, (index + 1) * size), row * size);
      return Promise.resolve(rows);
    },
    close: () => Promise.resolve(),
  };
}

/** Shards that stay open, and rows read at a time: systems allow a process about a thousand open files. */
const mostOpen = 256;

/** Positional reads from shards; the least used ones are closed. */
class ShardFiles {
  readonly #dir: string;
  readonly #index: LatentsIndex;
  /** By name, the least recently used first. */
  readonly #open = new Map<string, Promise<SafetensorsFile>>();
  readonly #reading = new Set<Promise<unknown>>();

  constructor(dir: string, index: LatentsIndex) {
    this.#dir = dir;
    this.#index = index;
  }

  all(shard: LatentsFileFacts): Promise<Float32Array> {
    return this.#read(shard, 0, shard.to - shard.from);
  }

  rows(indices: readonly number[]): Promise<Float32Array> {
    const reading = this.#rows(indices).finally(() => this.#reading.delete(reading));
    this.#reading.add(reading);
    return reading;
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#reading);
    await this.#closeDownTo(0);
  }

  async #rows(indices: readonly number[]): Promise<Float32Array> {
    const size = rowSize(this.#index);
    const rows = new Float32Array(indices.length * size);
    for (let start = 0; start < indices.length; start += mostOpen) {
      await Promise.all(
        indices.slice(start, start + mostOpen).map(async (index, i) => {
          const shard = this.#shardOf(index);
          rows.set(await this.#read(shard, index - shard.from, 1), (start + i) * size);
        }),
      );
      if (this.#reading.size <= 1) await this.#closeDownTo(mostOpen);
    }
    return rows;
  }

  #shardOf(index: number): LatentsFileFacts {
    const { shards } = this.#index;
    let [low, high] = [0, shards.length - 1];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (index < shards[middle]!.to) high = middle;
      else low = middle + 1;
    }
    return shards[low]!;
  }

  async #read(shard: LatentsFileFacts, row: number, count: number): Promise<Float32Array> {
    const file = await this.#file(shard);
    const start = file.header.entries.get(tensorName(this.#index))!.from;
    const bytes = rowSize(this.#index) * Float32Array.BYTES_PER_ELEMENT;
    const { buffer } = await file.bytes({
      from: start + row * bytes,
      to: start + (row + count) * bytes,
    });
    return new Float32Array(buffer);
  }

  #file(shard: LatentsFileFacts): Promise<SafetensorsFile> {
    const known = this.#open.get(shard.file);
    const file = known ?? this.#openShard(shard);
    this.#open.delete(shard.file);
    this.#open.set(shard.file, file);
    return file;
  }

  async #openShard({ file: name, from, to }: LatentsFileFacts): Promise<SafetensorsFile> {
    const at = path.join(this.#dir, name);
    const file = await SafetensorsFile.open(at);
    const found = file.header.entries.get(tensorName(this.#index));
    if (found?.dtype === 'F32' && found.shape.join() === [to - from, ...rowShape(this.#index)].join())
      return file;
    await file.close();
    throw damagedFile(
      at,
      'it does not hold the latents that the index says',
      'remove the artifact and run again',
    );
  }

  async #closeDownTo(most: number): Promise<void> {
    const surplus = [...this.#open].slice(0, Math.max(0, this.#open.size - most));
    for (const [name] of surplus) this.#open.delete(name);
    await Promise.allSettled(surplus.map(async ([, file]) => (await file).close()));
  }
}

/** The form of earlier versions: one file, already scaled. */
async function openSingleFile(dir: string): Promise<Latents> {
  const file = path.join(dir, 'latents.safetensors');
  const { mean, std } = (await readSafetensors(file)).tensors;
  if (mean === undefined)
    throw new UserError('input', 'the artifact holds no latents', {
      hint: 'remove it and run again',
      where: { file },
    });
  const [count, ...shape] = mean.shape as [number, number, number, number];
  const form = { shape, random: std !== undefined };
  const size = latentSize(form);
  const all = new Float32Array(count * rowSize(form));
  for (let i = 0; i < count; i++)
    for (const [part, tensor] of [mean, std].entries())
      if (tensor !== undefined)
        all.set(
          (tensor.data as Float32Array).subarray(i * size, (i + 1) * size),
          i * rowSize(form) + part * size,
        );
  return { ...form, scaleFactor: 1, ...heldRows(all, count) };
}
