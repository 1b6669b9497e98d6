// The latents of a data set as later stages read them: mean and, for KL autoencoders, standard deviation of each
// posterior, already multiplied by the scale factor.
import path from 'node:path';
import { readSafetensors, writeSafetensors } from '../artifacts/safetensors.ts';
import type { HostTensor } from '../engine/engine.ts';
import { UserError } from '../errors.ts';
import { normal } from '../rng/noise.ts';
import type { Artifact } from './stage.ts';

const fileName = 'latents.safetensors';

export interface Latents {
  readonly count: number;
  /** [C, H, W]. */
  readonly shape: readonly [number, number, number];
  /** [N, C, H, W]. */
  readonly mean: Float32Array;
  /** [N, C, H, W]; absent where encoding is deterministic. */
  readonly std?: Float32Array;
}

/** Writes `latents` into `folder`, durably. */
export async function writeLatents(folder: string, { count, shape, mean, std }: Latents): Promise<void> {
  const tensor = (data: Float32Array): HostTensor => ({ shape: [count, ...shape], dtype: 'float32', data });
  await writeSafetensors(path.join(folder, fileName), {
    mean: tensor(mean),
    ...(std && { std: tensor(std) }),
  });
}

/** Reads the latents of an artifact. Throws UserError('input') if it holds none. */
export async function readLatents(artifact: Artifact): Promise<Latents> {
  const file = path.join(artifact.dir, fileName);
  const { mean, std } = (await readSafetensors(file)).tensors;
  if (mean === undefined)
    throw new UserError('input', 'the artifact holds no latents', {
      hint: 'remove it and run again',
      where: { file },
    });
  const [count, ...shape] = mean.shape as [number, number, number, number];
  return {
    count,
    shape,
    mean: mean.data as Float32Array,
    ...(std && { std: std.data as Float32Array }),
  };
}

/**
 * Draws latents [indices.length, C, H, W] of the samples `indices` from their posteriors, sample i with the noise of
 * (seed, "latents", step, slots[i]).
 */
export function drawLatents(
  latents: Latents,
  indices: readonly number[],
  seed: number,
  step: number,
  slots: readonly number[],
): Float32Array {
  const { mean, std, shape } = latents;
  const size = shape[0] * shape[1] * shape[2];
  const batch = new Float32Array(indices.length * size);
  for (const [row, index] of indices.entries()) {
    const from = index * size;
    batch.set(mean.subarray(from, from + size), row * size);
    if (std === undefined) continue;
    const noise = normal(seed, 'latents', step, slots[row]!, size);
    for (let i = 0; i < size; i++) batch[row * size + i]! += std[from + i]! * noise[i]!;
  }
  return batch;
}
