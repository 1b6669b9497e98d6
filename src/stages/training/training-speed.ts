// How fast a network is trained here: a few steps on noise, by the same program that trains it.
import { InterruptedError } from '../../errors.ts';
import { scaledLinearSchedule, type ScheduleConfig } from '../../diffusion/schedule.ts';
import { objective, type DiffusionBatch } from '../../distill/objective.ts';
import { sizeOf, type Engine, type HostTensors, type TensorSpecs } from '../../engine/engine.ts';
import type { UNetConfig } from '../../models/unet/unet-config.ts';
import { unetSpec } from '../../models/unet/unet.ts';
import type { TrainHyperparameters } from '../../optim/train-step.ts';
import { normal } from '../../rng/noise.ts';
import { noisedInputs, noisedSpecs } from './noised-batch.ts';
import { randomParams } from './random-params.ts';
import { openTraining } from './training-program.ts';

export interface TriedTraining {
  readonly unet: UNetConfig;
  readonly settings: TrainHyperparameters;
  readonly batchSize: number;
  readonly diffusion: ScheduleConfig;
  /** Tokens of the context, where the network takes one. */
  readonly contextTokens: number;
}

/** Seconds of a step, over the steps that fit into `trialSeconds` after the first. Throws InterruptedError when the signal aborts. */
export async function secondsPerStep(
  engine: Engine,
  { unet, settings, batchSize, diffusion, contextTokens }: TriedTraining,
  { signal, trialSeconds }: { readonly signal: AbortSignal; readonly trialSeconds: number },
): Promise<number> {
  const shape = [unet.inChannels, unet.imageSize, unet.imageSize];
  const contextDim = unet.spatialTransformer?.contextDim;
  const context: TensorSpecs =
    contextDim === undefined
      ? {}
      : { context: { shape: [batchSize, contextTokens, contextDim], dtype: 'float32' } };
  const specs = unetSpec(unet);
  const program = await openTraining(engine, {
    specs,
    settings: { ...settings, batchSize },
    inputs: (samples) => ({ ...noisedSpecs(samples, shape), ...context }),
    loss: (params, { inputs }) => ({ ...objective(params, { unet }, inputs as unknown as DiffusionBatch) }),
  });
  try {
    program.setState(program.initialState(randomParams(specs, 0)));
    const draw = (name: string, count: number): Float32Array => normal(0, name, 0, 0, count);
    const size = batchSize * sizeOf(shape);
    const told: HostTensors = Object.fromEntries(
      Object.entries(context).map(([name, spec]) => [
        name,
        { shape: spec.shape, dtype: 'float32', data: draw(name, sizeOf(spec.shape)) },
      ]),
    );
    const batch = {
      ...noisedInputs(scaledLinearSchedule(diffusion), shape, new Uint32Array(batchSize), {
        x0: draw('x0', size),
        epsilon: draw('epsilon', size),
      }),
      ...told,
    };
    await program.step(0, batch, false); // the first one allocates
    const started = performance.now();
    let [steps, seconds] = [0, 0];
    do {
      if (signal.aborted) throw new InterruptedError();
      await program.step(++steps, batch, false);
      seconds = (performance.now() - started) / 1000;
    } while (seconds < trialSeconds);
    return seconds / steps;
  } finally {
    await program.dispose();
  }
}
