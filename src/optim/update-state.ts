// The second half of a training step: clipping, AdamW and the moving average, from gradients to the next state. The
// learning rate and the bias corrections of a step are scalar inputs, so that one graph serves all steps.
import type * as tf from '@tensorflow/tfjs-core';
import type { HostTensor, HostTensors, Tensors, TensorSpecs } from '../engine/engine.ts';
import { adamwScalarNames, adamwScalars, adamwUpdate, type AdamWSettings } from './adamw.ts';
import { clipByGlobalNorm } from './clip-gradients.ts';
import { emaDecayAt, emaUpdate } from './ema.ts';
import { learningRateAt, type LearningRateSettings } from './learning-rate.ts';
import { slots, type StateVector } from './state-vectors.ts';

export interface TrainHyperparameters extends AdamWSettings, LearningRateSettings {
  /** Largest global gradient norm; 0 turns clipping off. */
  readonly gradClip: number;
  readonly emaDecay: number;
}

const scalar = { shape: [], dtype: 'float32' } as const;
const scalarNames = [...adamwScalarNames, 'emaRate'] as const;
const scalarPrefix = 'step/';

/** The scalars' places among the inputs. */
export const stepScalarSpecs: TensorSpecs = Object.fromEntries(
  scalarNames.map((name) => [scalarPrefix + name, scalar]),
);

/** The scalars of step `step`, counted from 0. */
export function stepScalarsAt(step: number, settings: TrainHyperparameters): HostTensors {
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
}

/** The next state, from one gradient [size] for each vector and the step's scalars among `inputs`. */
export function updateState(
  vectors: readonly StateVector[],
  gradients: readonly tf.Tensor[],
  { state, inputs }: { readonly state: Tensors; readonly inputs: Tensors },
  settings: TrainHyperparameters,
): Tensors {
  const used = settings.gradClip > 0 ? clipByGlobalNorm(gradients, settings.gradClip) : gradients;
  const scalarOf = (name: (typeof scalarNames)[number]) => inputs[scalarPrefix + name]!;
  const step = {
    stepSize: scalarOf('stepSize'),
    epsilon: scalarOf('epsilon'),
    shrink: scalarOf('shrink'),
  };
  const next: Record<string, tf.Tensor> = {};
  for (const [i, { name }] of vectors.entries()) {
    const [kept, m, v] = [state[slots.param + name]!, state[slots.m + name]!, state[slots.v + name]!];
    const updated = adamwUpdate({ param: kept, m, v }, used[i]!, step, settings);
    next[slots.param + name] = updated.param;
    next[slots.m + name] = updated.m;
    next[slots.v + name] = updated.v;
    next[slots.ema + name] = emaUpdate(state[slots.ema + name]!, updated.param, scalarOf('emaRate'));
  }
  return next;
}
