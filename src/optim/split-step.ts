// The training step of train-step.ts in two graphs, for training on several processes: each takes the gradients of its
// share of the batch, the processes add them up, and each updates its own copy of the state with the same sum. The
// state is laid out as in train-step.ts, so checkpoints of either fit the other.
import * as tf from '@tensorflow/tfjs-core';
import type { HostTensors, TensorFunction, TensorSpecs } from '../engine/engine.ts';
import { gradientsOf } from './gradients-of.ts';
import { pack, slots, stateSpecs, stateVectors, unpack } from './state-vectors.ts';
import { trainState, type Trained, type TrainState } from './train-step.ts';
import { stepScalarSpecs, updateState, type TrainHyperparameters } from './update-state.ts';

/** Name of the flat gradient, [number of weights] float32: an output of one graph and an input of the other. */
export const flatGradient = 'gradient';

export interface SplitStep extends TrainState {
  readonly gradient: {
    /** Outputs: `gradient`, and the loss terms by name; all times `share`. */
    readonly fn: TensorFunction;
    /** The weights as the update's state holds them, beside the inputs of the batch. */
    readonly inputs: TensorSpecs;
    /** Those inputs in a state; nothing is copied. */
    readonly weightsOf: (state: HostTensors) => HostTensors;
  };
  readonly update: {
    /** Carries the state; no outputs. */
    readonly fn: TensorFunction;
    /** `gradient` and the step's scalars. */
    readonly inputs: TensorSpecs;
  };
}

/**
 * The step where this process sees `share` of the batch (1 / number of processes). The loss must be a mean over the
 * samples: then the sum of the processes' gradients is the gradient of the whole batch.
 */
export function splitStep(
  { specs, loss }: Trained,
  settings: TrainHyperparameters,
  share: number,
): SplitStep {
  const vectors = stateVectors(specs);
  const ordered = vectors.flatMap((vector) => vector.specs.map(({ name }) => name));
  const state = stateSpecs(vectors);
  const weightNames = vectors.map(({ name }) => slots.param + name);
  const sizes = vectors.map(({ size }) => size);
  return {
    ...trainState(specs, settings),
    gradient: {
      inputs: Object.fromEntries(weightNames.map((name) => [name, state[name]!])),
      weightsOf: (held) => Object.fromEntries(weightNames.map((name) => [name, held[name]!])),
      fn: ({ inputs, constants }) => {
        const params = vectors.flatMap((vector) => unpack(vector, inputs[slots.param + vector.name]!));
        const { gradients, terms } = gradientsOf(ordered, params, (named, fixed) => {
          const found = loss(named, { inputs, constants, fixed });
          return mapTensors(found, (term) => tf.mul(term, share)) as typeof found;
        });
        return { outputs: { ...terms, [flatGradient]: tf.concat(pack(vectors, gradients)) } };
      },
    },
    update: {
      inputs: {
        ...stepScalarSpecs,
        [flatGradient]: { shape: [sizes.reduce((sum, size) => sum + size, 0)], dtype: 'float32' },
      },
      fn: (args) => {
        const flat = args.inputs[flatGradient]!;
        const gradients = sizes.length === 1 ? [flat] : tf.split(flat, sizes);
        return { state: updateState(vectors, gradients, args, settings), outputs: {} };
      },
    },
  };
}

function mapTensors(
  tensors: Readonly<Record<string, tf.Tensor>>,
  fn: (tensor: tf.Tensor) => tf.Tensor,
): Record<string, tf.Tensor> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, fn(tensor)]));
}
