// The state of training as flat vectors: one for each large parameter and one for all small ones, because updating a
// bias costs as many kernel calls as a weight. Weights, moments and average are held alike.
import * as tf from '@tensorflow/tfjs-core';
import { sizeOf, type HostTensor, type HostTensors, type TensorSpecs } from '../engine/engine.ts';
import { InvariantError } from '../errors.ts';
import type { ParamSpec } from '../nn/params.ts';

/** What is kept for each parameter, as a prefix of its name in the state. */
export const slots = { param: 'param/', m: 'm/', v: 'v/', ema: 'ema/' } as const;

/** Parameters with fewer elements share one vector of the state; larger ones gain from staying in the cache. */
const packedBelow = 8192;
const packedName = 'packed';

/** A vector of the state and the parameters that it holds, one after the other. */
export interface StateVector {
  readonly name: string;
  readonly specs: readonly ParamSpec[];
  readonly size: number;
}

/** The vectors that hold `specs`, the one of the small parameters first. */
export function stateVectors(specs: readonly ParamSpec[]): StateVector[] {
  const small = specs.filter(({ shape }) => sizeOf(shape) < packedBelow);
  const vector = (name: string, held: readonly ParamSpec[]): StateVector => ({
    name,
    specs: held,
    size: held.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
  });
  return [
    ...(small.length > 0 ? [vector(packedName, small)] : []),
    ...specs.filter((spec) => !small.includes(spec)).map((spec) => vector(spec.name, [spec])),
  ];
}

/** Shapes of the state. */
export function stateSpecs(vectors: readonly StateVector[]): TensorSpecs {
  return Object.fromEntries(
    Object.values(slots).flatMap((slot) =>
      vectors.map(({ name, size }) => [slot + name, { shape: [size], dtype: 'float32' as const }]),
    ),
  );
}

/** The parameters in a vector, in their own shapes. */
export function unpack({ specs }: StateVector, vector: tf.Tensor): tf.Tensor[] {
  const flat =
    specs.length === 1
      ? [vector]
      : tf.split(
          vector,
          specs.map(({ shape }) => sizeOf(shape)),
        );
  return specs.map(({ shape }, i) => tf.reshape(flat[i]!, [...shape]));
}

/** Tensors in the order of the vectors' parameters as one flat tensor per vector. */
export function pack(vectors: readonly StateVector[], tensors: readonly tf.Tensor[]): tf.Tensor[] {
  let taken = 0;
  return vectors.map(({ specs }) => {
    const own = tensors.slice(taken, (taken += specs.length)).map((tensor) => tf.reshape(tensor, [-1]));
    return own.length === 1 ? own[0]! : tf.concat(own);
  });
}

/**
 * State before the first step: `params`, moments of 0, and the average equal to the weights. To be read only: it shares
 * memory with `params` and within itself, so that four times the weights do not lie around beside the program's own.
 */
export function initialState(vectors: readonly StateVector[], params: HostTensors): HostTensors {
  const float = (data: HostTensor['data']): HostTensor => ({ shape: [data.length], dtype: 'float32', data });
  const zeros = new Float32Array(Math.max(0, ...vectors.map(({ size }) => size)));
  return Object.fromEntries(
    vectors.flatMap((vector): [string, HostTensor][] => {
      const weights = float(packedHost(vector, params));
      const none = float(zeros.subarray(0, vector.size));
      return [
        [slots.param + vector.name, weights],
        [slots.m + vector.name, none],
        [slots.v + vector.name, none],
        [slots.ema + vector.name, weights],
      ];
    }),
  );
}

/** The parameters of a vector one after the other; a single one as it lies. */
function packedHost({ specs, size }: StateVector, params: HostTensors): HostTensor['data'] {
  const parts = specs.map(({ name, shape }) => {
    const data = params[name]?.data;
    if (data?.length !== sizeOf(shape)) throw new InvariantError(`no weights for ${name}`);
    return data;
  });
  if (parts.length === 1) return parts[0]!;
  const all = new Float32Array(size);
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

/** One part of a state by parameter name, copied. */
export function unpackHost(vectors: readonly StateVector[], state: HostTensors, slot: string): HostTensors {
  return Object.fromEntries(
    vectors.flatMap(({ name, specs }) => {
      const data = state[slot + name]?.data;
      if (data === undefined) throw new InvariantError(`no ${slot}${name} in the state`);
      let offset = 0;
      return specs.map(({ name: param, shape }): [string, HostTensor] => [
        param,
        { shape, dtype: 'float32', data: data.slice(offset, (offset += sizeOf(shape))) },
      ]);
    }),
  );
}
