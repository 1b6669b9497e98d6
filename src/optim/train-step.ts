// One training step as a pure function for an engine: loss, gradients, clipping, AdamW and the moving average, with
// weights, moments and average as the program's state. Nothing but losses leaves the program.
import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor, HostTensors, TensorFunction, Tensors, TensorSpecs } from '../engine/engine.ts';
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

export interface TrainStep {
  readonly fn: TensorFunction;
  readonly state: TensorSpecs;
  /** Inputs of its own, beside those of the batch. */
  readonly inputs: TensorSpecs;
  /** Values of those inputs for step `step`, counted from 0. */
  readonly schedule: (step: number) => HostTensors;
}

/** The step for parameters `specs` under `loss`. */
export function trainStep(
  { specs, loss }: { readonly specs: readonly ParamSpec[]; readonly loss: LossFunction },
  settings: TrainHyperparameters,
): TrainStep {
  const scalar = { shape: [], dtype: 'float32' } as const;
  const names = specs.map(({ name }) => name);
  return {
    state: Object.fromEntries(
      Object.values(parts).flatMap((part) =>
        specs.map(({ name, shape }) => [part + name, { shape, dtype: 'float32' as const }]),
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
    fn: ({ state, inputs, constants }) => {
      const params = names.map((name) => state[parts.param + name]!);
      const { gradients, terms } = gradientsOf(names, params, (named) => loss(named, { inputs, constants }));
      const used = settings.gradClip > 0 ? clipByGlobalNorm(gradients, settings.gradClip) : gradients;
      const scalarOf = (name: (typeof scalarNames)[number]) => inputs[scalarPrefix + name]!;
      const step = {
        stepSize: scalarOf('stepSize'),
        rootCorrection: scalarOf('rootCorrection'),
        shrink: scalarOf('shrink'),
      };
      const next: Record<string, tf.Tensor> = {};
      for (const [i, name] of names.entries()) {
        const kept = { param: params[i]!, m: state[parts.m + name]!, v: state[parts.v + name]! };
        const { param, m, v } = adamwUpdate(kept, used[i]!, step, settings);
        next[parts.param + name] = param;
        next[parts.m + name] = m;
        next[parts.v + name] = v;
        next[parts.ema + name] = emaUpdate(state[parts.ema + name]!, param, scalarOf('emaRate'));
      }
      return { state: next, outputs: terms };
    },
  };
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

/** State before the first step: `params`, moments of 0, and the average equal to the weights. */
export function initialTrainState(params: HostTensors): HostTensors {
  return Object.fromEntries(
    Object.entries(params).flatMap(([name, tensor]): [string, HostTensor][] => {
      const zeros = { ...tensor, data: new Float32Array(tensor.data.length) };
      return [
        [parts.param + name, tensor],
        [parts.m + name, zeros],
        [parts.v + name, zeros],
        [parts.ema + name, tensor],
      ];
    }),
  );
}

/** Weights and averaged weights of a state, by parameter name. */
export function trainedWeights(state: HostTensors): { params: HostTensors; ema: HostTensors } {
  const withPrefix = (prefix: string): HostTensors =>
    Object.fromEntries(
      Object.entries(state).flatMap(([name, tensor]) =>
        name.startsWith(prefix) ? [[name.slice(prefix.length), tensor]] : [],
      ),
    );
  return { params: withPrefix(parts.param), ema: withPrefix(parts.ema) };
}
