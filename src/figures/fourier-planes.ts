// What the stage `fourier` has published, read back.
import path from 'node:path';
import { ringMeans } from '../metrics/plane-means.ts';
import { fourier } from '../stages/kinds/fourier/describe.ts';
import { readSafetensors } from '../weights/safetensors/safetensors.ts';
import type { Measured } from './figure-spec.ts';

export interface FourierPlanes {
  readonly size: number;
  readonly count: number;
  readonly againstCount: number;
  /** Means by (u, v), [size, size]. */
  readonly magnitude: Float64Array;
  readonly againstMagnitude: Float64Array;
  readonly power: Float64Array;
  readonly againstPower: Float64Array;
  /** Of pairs. */
  readonly difference?: Float64Array;
  /** Means of a plane over rings, from radius 0. */
  readonly rings: (plane: Float64Array) => Float64Array;
}

/** The planes of the node `name`: a model's, or a pair's. The figure reads stages of the kind `fourier`. */
export async function fourierPlanes({ published }: Measured, name: string): Promise<FourierPlanes> {
  const { dir, summary } = published(fourier, name);
  const { size, count, againstCount } = summary;
  const { tensors } = await readSafetensors(path.join(dir, summary.planes));
  const plane = (member: string): Float64Array => Float64Array.from(tensors[member]!.data);
  return {
    size,
    count,
    againstCount,
    magnitude: plane('magnitude'),
    againstMagnitude: plane('againstMagnitude'),
    power: plane('power'),
    againstPower: plane('againstPower'),
    ...(tensors['difference'] && { difference: plane('difference') }),
    rings: (one) => ringMeans(one, size),
  };
}
