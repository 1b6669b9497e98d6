// One training step as a pure function for an engine: loss, gradients, clipping, AdamW and the moving average, with
// weights, moments and average as the program's state. Nothing but losses leaves the program.
import type { HostTensors, TensorFunction, TensorSpecs } from '../engine/engine.ts';
import type { ParamSpec } from '../nn/params.ts';
import { gradientsOf, type LossFunction } from './gradients-of.ts';
import { initialState, pack, slots, stateSpecs, stateVectors, unpack, unpackHost } from './state-vectors.ts';
import { stepScalarsAt, stepScalarSpecs, updateState, type TrainHyperparameters } from './update-state.ts';

export type { LossFunction } from './gradients-of.ts';
export type { TrainHyperparameters } from './update-state.ts';

/** State and scalars of training, whether a step is one graph or two (split-step.ts). */
export interface TrainState {
  readonly state: TensorSpecs;
  /** What learning rate and optimizer give step `step`, counted from 0. */
  readonly stepScalars: (step: number) => HostTensors;
  /** State before the first step: `params`, moments of 0, and the average equal to the weights. */
  readonly initialState: (params: HostTensors) => HostTensors;
  /** Weights and averaged weights of a state, by parameter name. */
  readonly weights: (state: HostTensors) => { readonly params: HostTensors; readonly ema: HostTensors };
}

export interface TrainStep extends TrainState {
  readonly fn: TensorFunction;
  /** Inputs of its own, beside those of the batch. */
  readonly inputs: TensorSpecs;
}

/** What is trained. */
export interface Trained {
  readonly specs: readonly ParamSpec[];
  readonly loss: LossFunction;
}

/** The step for parameters `specs` under `loss`. */
export function trainStep({ specs, loss }: Trained, settings: TrainHyperparameters): TrainStep {
  const vectors = stateVectors(specs);
  const ordered = vectors.flatMap((vector) => vector.specs.map(({ name }) => name));
  return {
    ...trainState(specs, settings),
    inputs: stepScalarSpecs,
    fn: ({ state, inputs, constants }) => {
      const params = vectors.flatMap((vector) => unpack(vector, state[slots.param + vector.name]!));
      const { gradients, terms } = gradientsOf(ordered, params, (named, fixed) =>
        loss(named, { inputs, constants, fixed }),
      );
      const next = updateState(vectors, pack(vectors, gradients), { state, inputs }, settings);
      return { state: next, outputs: terms };
    },
  };
}

export function trainState(specs: readonly ParamSpec[], settings: TrainHyperparameters): TrainState {
  const vectors = stateVectors(specs);
  return {
    state: stateSpecs(vectors),
    stepScalars: (step) => stepScalarsAt(step, settings),
    initialState: (params) => initialState(vectors, params),
    weights: (state) => ({
      params: unpackHost(vectors, state, slots.param),
      ema: unpackHost(vectors, state, slots.ema),
    }),
  };
}
