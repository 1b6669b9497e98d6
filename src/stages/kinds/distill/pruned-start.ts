// Where a pruned student starts: the channels of the teacher on which its noise loss depends most, measured on training data.
import { scaledLinearSchedule } from '../../../diffusion/schedule.ts';
import { prunedUnet } from '../../../pruning/prune-unet.ts';
import { taylorImportance } from '../../../pruning/taylor-importance.ts';
import { sizeOf, type HostTensors } from '../../../engine/engine.ts';
import { batchNormal } from '../../../rng/noise.ts';
import { conditionInputs, type Conditions } from '../../conditions/conditions.ts';
import { drawLatents, type Latents } from '../../rows/latents-file.ts';
import type { CommonContext } from '../../stage.ts';
import { DataOrder } from '../../training/data-order.ts';
import { compilableTask } from '../../training/diffusion-task.ts';
import { decided } from '../../training/micro-batch.ts';
import { noisedInputs } from '../../training/noised-batch.ts';
import type { DistillParams, Pruning } from './describe.ts';
import { learnedByTeacher } from './task.ts';

export interface TrainingData {
  readonly latents: Latents;
  readonly conditions: Conditions | undefined;
}

/** Of `weights`, the teacher's with its embedder's, those of the student's network as pruning leaves them. */
export async function prunedStart(
  { params, engine, seed, signal, emit }: CommonContext & { readonly params: DistillParams },
  { lossThreshold, importanceSteps }: Pruning,
  weights: HostTensors,
  { latents, conditions }: TrainingData,
): Promise<HostTensors> {
  const { student, diffusion, distill } = params;
  const task = learnedByTeacher(params);
  const { own, inputs, constants, loss } = compilableTask(task);
  const { batchSize, microBatch: samples = batchSize } = decided(distill);
  const schedule = scaledLinearSchedule(diffusion);
  const order = new DataOrder(latents.count, seed);
  const spread = Math.min(importanceSteps, diffusion.timesteps);
  const timesteps = Array.from({ length: spread }, (_, i) => Math.floor((i * diffusion.timesteps) / spread));
  const named = (names: readonly string[]): HostTensors =>
    Object.fromEntries(names.map((name) => [name, weights[name]!]));

  const batch = async (timestep: number): Promise<HostTensors[]> => {
    const images = order.batch(timestep, batchSize);
    const parts: HostTensors[] = [];
    for (let from = 0; from < batchSize; from += samples) {
      const slots = Array.from({ length: samples }, (_, i) => from + i);
      const indices = slots.map((slot) => images[slot]!);
      parts.push({
        ...noisedInputs(schedule, latents.shape, new Uint32Array(samples).fill(timestep), {
          x0: await drawLatents(latents, indices, seed, timestep, slots),
          epsilon: batchNormal(seed, 'importance', timestep, slots, sizeOf(latents.shape)),
        }),
        ...(conditions && (await conditionInputs(conditions, indices.map(conditions.ofImage)))),
      });
    }
    return parts;
  };

  const { scores, counted } = await taylorImportance(
    await engine(),
    {
      specs: own,
      weights: named(own.map(({ name }) => name)),
      loss,
      inputs: inputs(samples),
      constants: named(Object.keys(constants)),
      timesteps,
      batch,
      lossThreshold,
    },
    signal,
  );
  emit({ type: 'info', message: `channels chosen by gradients at ${counted} timesteps of ${spread}` });
  return prunedUnet(task.unet, student.unet, weights, scores);
}
