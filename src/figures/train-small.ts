// Trains one of the small networks of the figures: starting weights, batches and losses are functions of the seed and the
// step, so that the same settings end with the same weights.
import type { Engine, HostTensors, TensorSpecs } from '../engine/engine.ts';
import { initParams } from '../models/init-params.ts';
import type { ParamSpec } from '../nn/params.ts';
import type { Trained, TrainHyperparameters } from '../optim/train-step.ts';
import { trainStep } from '../optim/train-step.ts';
import { normal, uniform } from '../rng/noise.ts';

/** What a figure says of its training; the rest is AdamW's usual. */
export interface SmallTraining {
  readonly steps: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Decay of the averaged weights, which are what is measured. */
  readonly emaDecay: number;
}

export interface SmallTrainingTask extends Trained {
  readonly engine: Engine;
  readonly training: SmallTraining;
  readonly seed: number;
  readonly inputs: TensorSpecs;
  readonly constants?: HostTensors;
  /** The inputs of step `step`, counted from 0. */
  readonly batch: (step: number) => HostTensors;
  readonly signal?: AbortSignal | undefined;
  /** Steps after which `onWeights` is shown the averaged weights; the last one always is among them. */
  readonly at?: readonly number[];
  readonly onWeights: (weights: HostTensors, step: number) => Promise<void> | void;
}

/** AdamW with a rate that falls linearly to 0, without weight decay. */
function hyperparameters({ steps, learningRate, emaDecay }: SmallTraining): TrainHyperparameters {
  return {
    ...{ steps, learningRate, emaDecay },
    ...{ lrSchedule: 'linear-decay', warmupSteps: 0, gradClip: 0 },
    ...{ weightDecay: 0, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  };
}

/** Starting weights of `specs` under `seed`. */
function startingWeights(specs: readonly ParamSpec[], seed: number): HostTensors {
  return initParams(specs, {
    uniform: (name, n) => uniform(seed, `init/${name}`, 0, 0, n),
    normal: (name, n) => normal(seed, `init/${name}`, 0, 0, n),
  });
}

export async function trainSmall(task: SmallTrainingTask): Promise<void> {
  const { engine, training, seed, inputs, constants, batch, signal, at = [], onWeights } = task;
  const step = trainStep(task, hyperparameters(training));
  const program = await engine.compile(step.fn, {
    state: step.state,
    inputs: { ...step.inputs, ...inputs },
    ...(constants && { constants }),
  });
  try {
    program.setState(step.initialState(startingWeights(task.specs, seed)));
    for (let n = 0; n < training.steps; n++) {
      signal?.throwIfAborted();
      await program.run({ ...batch(n), ...step.stepScalars(n) });
      const done = n + 1;
      if (done === training.steps || at.includes(done))
        await onWeights(step.weights(await program.getState()).ema, done);
    }
  } finally {
    await program.dispose();
  }
}
