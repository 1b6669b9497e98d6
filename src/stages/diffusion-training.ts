// Training of a noise predictor on latents, teacher or student: the batches of Eq. 1-3 and what is written at the end.
import path from 'node:path';
import { writeSafetensors } from '../artifacts/safetensors.ts';
import { forwardCoefficients } from '../diffusion/forward-process.ts';
import { scaledLinearSchedule, type ScheduleConfig } from '../diffusion/schedule.ts';
import { objective, type DiffusionBatch, type DistillationTerms } from '../distill/objective.ts';
import type { HostTensors } from '../engine/engine.ts';
import type { UNetConfig } from '../models/unet-config.ts';
import { unetSpec } from '../models/unet.ts';
import type { ParamSpec } from '../nn/params.ts';
import { batchNormal, integers } from '../rng/noise.ts';
import { DataOrder } from './data-order.ts';
import { drawLatents, type Latents } from './latents-file.ts';
import { modelFiles } from './model-files.ts';
import { unetCost } from './network-cost.ts';
import type { StageContext, StageResult } from './stage.ts';
import type { ModelSummary } from './summaries.ts';
import { runTraining, type TrainingSettings } from './training-loop.ts';

export interface DiffusionTraining {
  readonly what: string;
  readonly unet: UNetConfig;
  readonly settings: TrainingSettings;
  readonly diffusion: ScheduleConfig;
  readonly latents: Latents;
  readonly distillation?: Omit<DistillationTerms, 'teacherParams'> & {
    readonly teacherWeights: HostTensors;
    readonly alignSpecs: readonly ParamSpec[];
  };
}

/** Trains, writes weights and averaged weights to `outputDir`, and returns the summary. */
export async function trainDiffusion(
  context: StageContext<unknown>,
  training: DiffusionTraining,
): Promise<StageResult> {
  const { what, unet, settings, diffusion, latents, distillation } = training;
  const specs = unetSpec(unet);
  const [batchSize, shape] = [settings.batchSize, latents.shape];
  const float = (dims: readonly number[]) => ({ shape: dims, dtype: 'float32' as const });
  const outcome = await runTraining(context, {
    what,
    specs: [...specs, ...(distillation?.alignSpecs ?? [])],
    settings,
    inputs: {
      x0: float([batchSize, ...shape]),
      epsilon: float([batchSize, ...shape]),
      timesteps: float([batchSize]),
      signal: float([batchSize]),
      noise: float([batchSize]),
    },
    ...(distillation && { constants: distillation.teacherWeights }),
    loss: (params, { inputs, constants }) => {
      const batch = inputs as unknown as DiffusionBatch;
      return {
        ...objective(params, unet, batch, distillation && { ...distillation, teacherParams: constants }),
      };
    },
    batch: diffusionBatches(latents, diffusion, settings.batchSize, context.seed),
  });
  const names = new Set(specs.map(({ name }) => name));
  const ofUNet = (tensors: HostTensors): HostTensors =>
    Object.fromEntries(Object.entries(tensors).filter(([name]) => names.has(name)));
  await writeSafetensors(path.join(context.outputDir, modelFiles.weights), ofUNet(outcome.params));
  await writeSafetensors(path.join(context.outputDir, modelFiles.ema), ofUNet(outcome.ema));
  const { params, ...macs } = unetCost(unet);
  const summary: ModelSummary = {
    source: 'trained',
    params,
    ...macs,
    modelChannels: unet.modelChannels,
    waveletGating: unet.waveletGating,
    steps: settings.steps,
    finalLoss: outcome.finalLoss,
    curve: outcome.curve,
    seconds: outcome.seconds,
  };
  return { summary: { ...summary } };
}

/** Batches by step: latents in the order of the epochs, noise and timesteps by (seed, step, slot). */
function diffusionBatches(
  latents: Latents,
  diffusion: ScheduleConfig,
  batchSize: number,
  seed: number,
): (step: number) => Promise<HostTensors> {
  const schedule = scaledLinearSchedule(diffusion);
  const order = new DataOrder(latents.count, seed);
  const slots = Array.from({ length: batchSize }, (_, slot) => slot);
  const size = latents.shape.reduce((product, extent) => product * extent, 1);
  const float = (shape: readonly number[], data: Float32Array) => ({
    shape,
    dtype: 'float32' as const,
    data,
  });
  return (step) => {
    const timesteps = integers(seed, 'timesteps', step, 0, batchSize, diffusion.timesteps);
    const { signal, noise } = forwardCoefficients(schedule, timesteps);
    return Promise.resolve({
      x0: float(
        [batchSize, ...latents.shape],
        drawLatents(latents, order.batch(step, batchSize), seed, step),
      ),
      epsilon: float([batchSize, ...latents.shape], batchNormal(seed, 'epsilon', step, slots, size)),
      timesteps: float([batchSize], Float32Array.from(timesteps)),
      signal: float([batchSize], signal),
      noise: float([batchSize], noise),
    });
  };
}
