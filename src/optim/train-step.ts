// One training step as a pure function for an engine: loss, gradients, clipping, AdamW and the moving average, with
// weights, moments and average as the program's state. Nothing but losses leaves the program. The state is flat vectors:
// one for each large parameter and one for all small ones, because updating a bias costs as many kernel calls as a weight.
import * as tf from '@tensorflow/tfjs-core';
import {
  sizeOf,
  type HostTensor,
  type HostTensors,
  type TensorFunction,
  type Tensors,
  type TensorSpecs,
} from '../engine/engine.ts';
import { InvariantError } from '../errors.ts';
import type { Params, ParamSpec } from '../nn/params.ts';
import { adamwScalarNames, adamwScalars, adamwUpdate, type AdamWSettings } from './adamw.ts';
import { clipByGlobalNorm } from './clip-gradients.ts';
import { emaDecayAt, emaUpdate } from './ema.ts';
import { learningRateAt, type LearningRateSettings } from './learning-rate.ts';

export interface TrainHyperparameters extends AdamWSettings, LearningRateSettings {
  /** Largest global gradient norm; 0 turns clipping off. */
  readonly gradClip: number;
  readonly emaDecay: number;
}

/** Scalars by name; `loss` is minimised, the others are reported. */
export type LossTerms = { readonly loss: tf.Tensor } & Tensors;

export type LossFunction = (
  params: Params,
  args: { readonly inputs: Tensors; readonly constants: Tensors },
) => LossTerms;

/** What is kept for each parameter, as a prefix of its name in the state. */
const parts = { param: 'param/', m: 'm/', v: 'v/', ema: 'ema/' } as const;

const scalarNames = [...adamwScalarNames, 'emaRate'] as const;
const scalarPrefix = 'step/';

/** Parameters with fewer elements share one vector of the state (measured: bench/optimizer-packing.ts). */
const packedBelow = 8192;
const packedName = 'packed';

/** A vector of the state and the parameters that it holds, one after the other. */
interface StateVector {
  readonly name: string;
  readonly specs: readonly ParamSpec[];
  readonly size: number;
}

export interface TrainStep {
  readonly fn: TensorFunction;
  readonly state: TensorSpecs;
  /** Inputs of its own, beside those of the batch. */
  readonly inputs: TensorSpecs;
  /** Values of those inputs for step `step`, counted from 0. */
  readonly schedule: (step: number) => HostTensors;
  /** State before the first step: `params`, moments of 0, and the average equal to the weights. */
  readonly initialState: (params: HostTensors) => HostTensors;
  /** Weights and averaged weights of a state, by parameter name. */
  readonly weights: (state: HostTensors) => { readonly params: HostTensors; readonly ema: HostTensors };
}

/** The step for parameters `specs` under `loss`. */
export function trainStep(
  { specs, loss }: { readonly specs: readonly ParamSpec[]; readonly loss: LossFunction },
  settings: TrainHyperparameters,
): TrainStep {
  const scalar = { shape: [], dtype: 'float32' } as const;
  const vectors = stateVectors(specs);
  const ordered = vectors.flatMap((vector) => vector.specs.map(({ name }) => name));
  return {
    state: Object.fromEntries(
      Object.values(parts).flatMap((part) =>
        vectors.map(({ name, size }) => [part + name, { shape: [size], dtype: 'float32' as const }]),
      ),
    ),
    inputs: Object.fromEntries(scalarNames.map((name) => [scalarPrefix + name, scalar])),
    schedule: (step) => {
      const values = {
        ...adamwScalars(step + 1, learningRateAt(step, settings), settings),
        emaRate: 1 - emaDecayAt(step + 1, settings.emaDecay),
      };
      return Object.fromEntries(
        scalarNames.map((name): [string, HostTensor] => [
          scalarPrefix + name,
          { ...scalar, data: Float32Array.of(values[name]) },
        ]),
      );
    },
    initialState: (params) => initialState(vectors, params),
    weights: (state) => ({
      params: unpackHost(vectors, state, parts.param),
      ema: unpackHost(vectors, state, parts.ema),
    }),
    fn: ({ state, inputs, constants }) => {
      const params = vectors.flatMap((vector) => unpack(vector, state[parts.param + vector.name]!));
      const { gradients, terms } = gradientsOf(ordered, params, (named) =>
        loss(named, { inputs, constants }),
      );
      const packed = pack(vectors, gradients);
      const used = settings.gradClip > 0 ? clipByGlobalNorm(packed, settings.gradClip) : packed;
      const scalarOf = (name: (typeof scalarNames)[number]) => inputs[scalarPrefix + name]!;
      const step = {
        stepSize: scalarOf('stepSize'),
        epsilon: scalarOf('epsilon'),
        shrink: scalarOf('shrink'),
      };
      const next: Record<string, tf.Tensor> = {};
      for (const [i, { name }] of vectors.entries()) {
        const [kept, m, v] = [state[parts.param + name]!, state[parts.m + name]!, state[parts.v + name]!];
        const updated = adamwUpdate({ param: kept, m, v }, used[i]!, step, settings);
        next[parts.param + name] = updated.param;
        next[parts.m + name] = updated.m;
        next[parts.v + name] = updated.v;
        next[parts.ema + name] = emaUpdate(state[parts.ema + name]!, updated.param, scalarOf('emaRate'));
      }
      return { state: next, outputs: terms };
    },
  };
}

function stateVectors(specs: readonly ParamSpec[]): StateVector[] {
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

/** The parameters in a vector, in their own shapes. */
function unpack({ specs }: StateVector, vector: tf.Tensor): tf.Tensor[] {
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
function pack(vectors: readonly StateVector[], tensors: readonly tf.Tensor[]): tf.Tensor[] {
  let taken = 0;
  return vectors.map(({ specs }) => {
    const own = tensors.slice(taken, (taken += specs.length)).map((tensor) => tf.reshape(tensor, [-1]));
    return own.length === 1 ? own[0]! : tf.concat(own);
  });
}

function initialState(vectors: readonly StateVector[], params: HostTensors): HostTensors {
  const float = (data: Float32Array): HostTensor => ({ shape: [data.length], dtype: 'float32', data });
  return Object.fromEntries(
    vectors.flatMap(({ name, specs, size }): [string, HostTensor][] => {
      const weights = new Float32Array(size);
      let offset = 0;
      for (const spec of specs) {
        const data = params[spec.name]?.data;
        if (data?.length !== sizeOf(spec.shape)) throw new InvariantError(`no weights for ${spec.name}`);
        weights.set(data, offset);
        offset += data.length;
      }
      return [
        [parts.param + name, float(weights)],
        [parts.m + name, float(new Float32Array(size))],
        [parts.v + name, float(new Float32Array(size))],
        [parts.ema + name, float(weights.slice())],
      ];
    }),
  );
}

function unpackHost(vectors: readonly StateVector[], state: HostTensors, part: string): HostTensors {
  return Object.fromEntries(
    vectors.flatMap(({ name, specs }) => {
      const data = state[part + name]?.data;
      if (data === undefined) throw new InvariantError(`no ${part}${name} in the state`);
      let offset = 0;
      return specs.map(({ name: param, shape }): [string, HostTensor] => [
        param,
        { shape, dtype: 'float32', data: data.slice(offset, (offset += sizeOf(shape))) },
      ]);
    }),
  );
}

/** Gradients of `loss` for `params`, and the terms it returned. */
function gradientsOf(
  names: readonly string[],
  params: tf.Tensor[],
  loss: (params: Params) => LossTerms,
): { gradients: tf.Tensor[]; terms: LossTerms } {
  let terms: LossTerms | undefined;
  const gradients = tf.grads((...tensors: tf.Tensor[]) => {
    const found = loss(Object.fromEntries(tensors.map((tensor, i) => [names[i]!, tensor])));
    // Kept: the terms outlive the scope in which gradients are taken.
    terms = Object.fromEntries(
      Object.entries(found).map(([name, term]) => [name, tf.keep(tf.clone(term))]),
    ) as LossTerms;
    return found.loss;
  })(params);
  return { gradients, terms: terms! };
}
