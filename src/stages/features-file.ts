// Features of images as an artifact keeps them: one float32 matrix.
import path from 'node:path';
import { readSafetensors, writeSafetensors } from '../artifacts/safetensors.ts';
import { InvariantError } from '../errors.ts';
import type { Artifact } from './stage.ts';

const fileName = 'features.safetensors';

export interface Features {
  /** [count, dimension]. */
  readonly data: Float32Array;
  readonly count: number;
  readonly dimension: number;
}

export async function writeFeatures(folder: string, data: Float32Array, dimension: number): Promise<void> {
  const shape = [data.length / dimension, dimension];
  await writeSafetensors(path.join(folder, fileName), { features: { shape, dtype: 'float32', data } });
}

export async function readFeatures(artifact: Artifact): Promise<Features> {
  const { features } = (await readSafetensors(path.join(artifact.dir, fileName))).tensors;
  if (features === undefined) throw new InvariantError(`no features in ${artifact.key}`);
  const [count, dimension] = features.shape as [number, number];
  return { data: features.data as Float32Array, count, dimension };
}
