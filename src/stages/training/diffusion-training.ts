// Training of a noise predictor on latents, teacher or student: the batches of Eq. 1-3 and what is written at the end.
import path from 'node:path';
import { writeSafetensors } from '../../weights/safetensors/safetensors.ts';
import { mostLcmSteps, solverStep } from '../../diffusion/lcm.ts';
import { scaledLinearSchedule, type ScheduleConfig } from '../../diffusion/schedule.ts';
import { sizeOf, type HostTensors } from '../../engine/engine.ts';
import { batchNormal, integers, uniform } from '../../rng/noise.ts';
import { conditionInputs, type Conditions } from '../conditions/conditions.ts';
import { levelInputs } from './consistency-batch.ts';
import { DataOrder } from './data-order.ts';
import { drawLatents, type Latents } from '../rows/latents-file.ts';
import { modelFiles } from '../networks/model-files.ts';
import { networkFacts } from '../networks/traced-cost.ts';
import { compilableTask, teacherPrefix, type DiffusionTask } from './diffusion-task.ts';
import { noisedInputs } from './noised-batch.ts';
import type { CommonContext, StageResult } from '../stage.ts';
import type { ModelSummary } from './summary.ts';
import { runTraining, type TrainingSettings, type TrainingTask } from './training-loop.ts';

export interface DiffusionTraining {
  readonly what: string;
  readonly task: DiffusionTask;
  readonly settings: TrainingSettings;
  readonly diffusion: ScheduleConfig;
  readonly latents: Latents;
  /** Makes the weights that the network starts from; random ones if absent. */
  readonly start?: () => Promise<HostTensors>;
  /** Those that the loss reads, where it reads any. */
  readonly teacherWeights?: HostTensors;
  readonly conditions?: Conditions;
  readonly dropRate: number;
  /** Weights of an embedder that stays as it is; absent: it is trained with the network. */
  readonly embedder?: HostTensors;
}

/** Trains, writes weights and averaged weights to `outputDir`, and returns the summary; undefined on ranks other than 0. */
export async function trainDiffusion(
  context: CommonContext,
  training: DiffusionTraining,
): Promise<StageResult<ModelSummary> | undefined> {
  const { what, task, settings, start, teacherWeights = {}, conditions, embedder } = training;
  const { own, specs, inputs, loss } = compilableTask(task);
  const outcome = await runTraining(context, {
    what,
    specs,
    ...(start && { start }),
    settings,
    inputs,
    constants: { ...prefixed(teacherPrefix, teacherWeights), ...embedder },
    loss,
    batch: diffusionBatches(training, context.seed),
  });
  if (outcome === undefined) return undefined; // rank 0 writes
  const names = new Set(own.map(({ name }) => name));
  const kept = (tensors: HostTensors): HostTensors => ({
    ...Object.fromEntries(Object.entries(tensors).filter(([name]) => names.has(name))),
    ...embedder,
  });
  await writeSafetensors(path.join(context.outputDir, modelFiles.weights), kept(outcome.params));
  await writeSafetensors(path.join(context.outputDir, modelFiles.ema), kept(outcome.ema));
  const summary: ModelSummary = {
    source: 'trained',
    ...networkFacts(task.unet, conditions?.network),
    steps: settings.steps,
    finalLoss: outcome.finalLoss,
    curve: outcome.curve,
    seconds: outcome.seconds,
  };
  return { summary };
}

function prefixed(prefix: string, tensors: HostTensors): HostTensors {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [prefix + name, tensor]));
}

/**
 * Samples of batches: latents in the order of the epochs, noise, timesteps and dropped conditions by (seed, step,
 * slot), so that a sample is the same whichever process computes it.
 */
function diffusionBatches(
  {
    latents,
    diffusion,
    settings: { batchSize },
    conditions,
    dropRate,
    task: { consistency },
  }: DiffusionTraining,
  seed: number,
): TrainingTask['batch'] {
  const schedule = scaledLinearSchedule(diffusion);
  const order = new DataOrder(latents.count, seed);
  const size = sizeOf(latents.shape);
  // Timesteps, or steps of the teacher's solver.
  const levels = consistency ? mostLcmSteps(diffusion.timesteps) : diffusion.timesteps;
  return async (step, slots) => {
    const all = {
      levels: integers(seed, 'timesteps', step, 0, batchSize, levels),
      indices: order.batch(step, batchSize),
      drop: uniform(seed, 'drop', step, 0, batchSize),
      flip: latents.mirrored ? uniform(seed, 'flip', step, 0, batchSize) : undefined,
    };
    const drawn = slots.map((slot) => all.levels[slot]!);
    const timesteps = Uint32Array.from(drawn, (level) =>
      consistency ? solverStep(schedule, level).timestep : level,
    );
    const indices = slots.map((slot) => all.indices[slot]!);
    // Half of the images are seen mirrored, whose rows stand behind the others.
    const viewed = slots.map(
      (slot) => all.indices[slot]! + (all.flip && all.flip[slot]! < 0.5 ? latents.count : 0),
    );
    const drop = slots.map((slot) => all.drop[slot]! < dropRate);
    return {
      ...noisedInputs(schedule, latents.shape, timesteps, {
        x0: await drawLatents(latents, viewed, seed, step, slots),
        epsilon: batchNormal(seed, 'epsilon', step, slots, size),
      }),
      ...(consistency && levelInputs(schedule, drawn)),
      ...(conditions &&
        (await conditionInputs(
          conditions,
          indices.map((index, slot) => (drop[slot] ? conditions.nothing : conditions.ofImage(index))),
        ))),
    };
  };
}
