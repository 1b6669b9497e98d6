// The training objective: L = L_DDPM + lambda_s L_spatial + lambda_f L_freq (Eq. 3 and section 5.2). A teacher trains
// on the first term alone.
import * as tf from '@tensorflow/tfjs-core';
import { qSample } from '../diffusion/forward-process.ts';
import { InvariantError } from '../errors.ts';
import type { UNetConfig } from '../models/unet/unet-config.ts';
import { unet } from '../models/unet/unet.ts';
import type { Params } from '../nn/params.ts';
import { aligned, outputTap, type TapPair } from './feature-taps.ts';
import { frequencyLoss, frequencyWeight, spatialLoss, type FrequencyOptions } from './losses.ts';

/** A batch: clean latents and noise [B, C, H, W], timesteps [B] and the forward process's coefficients [B]. */
export interface DiffusionBatch {
  readonly x0: tf.Tensor;
  readonly epsilon: tf.Tensor;
  readonly timesteps: tf.Tensor;
  readonly signal: tf.Tensor;
  readonly noise: tf.Tensor;
  /** Context tokens [B, S, D] of the network that is trained, where it is conditional. */
  readonly context?: tf.Tensor;
}

export interface DistillationTerms extends FrequencyOptions {
  readonly teacher: UNetConfig;
  readonly teacherParams: Params;
  /** Context tokens of the teacher, where it is conditional. */
  readonly teacherContext?: tf.Tensor;
  readonly pairs: readonly TapPair[];
  /** Weights of the terms; 0 leaves a term out of the computation. */
  readonly lambdaS: number;
  readonly lambdaF: number;
}

/** Scalars: the total and its unweighted terms. */
export interface ObjectiveTerms {
  readonly loss: tf.Tensor;
  readonly ddpm: tf.Tensor;
  readonly spatial?: tf.Tensor;
  readonly freq?: tf.Tensor;
}

/** L_DDPM (Eq. 3): mean squared error of the predicted noise. */
function ddpmLoss(epsilon: tf.Tensor, predicted: tf.Tensor): tf.Tensor {
  return tf.mean(tf.squaredDifference(epsilon, predicted));
}

/** The objective for student parameters `params` (UNet and alignment convolutions under their names). */
export function objective(
  params: Params,
  config: UNetConfig,
  batch: DiffusionBatch,
  distillation?: DistillationTerms,
): ObjectiveTerms {
  const { x0, epsilon, timesteps, signal, noise, context } = batch;
  const xt = qSample(x0, epsilon, signal, noise);
  const student = unet(params, config, xt, timesteps, context && { context });
  const ddpm = ddpmLoss(epsilon, student.output);
  if (distillation === undefined) return { loss: ddpm, ddpm };

  const { teacherParams, teacherContext, pairs, lambdaS, lambdaF } = distillation;
  const teacher = unet(
    teacherParams,
    distillation.teacher,
    xt,
    timesteps,
    teacherContext && { context: teacherContext },
  );
  const compared = pairs.map((pair) => ({
    teacher: featuresOf(teacher, pair.name),
    student: aligned(params, pair, featuresOf(student, pair.name)),
  }));
  const total = (terms: tf.Tensor[]): tf.Tensor => terms.reduce((sum, term) => tf.add(sum, term));
  let loss = ddpm;
  let [spatial, freq]: [tf.Tensor | undefined, tf.Tensor | undefined] = [undefined, undefined];
  if (lambdaS !== 0) {
    spatial = total(compared.map((maps) => spatialLoss(maps.teacher, maps.student, distillation.reduction)));
    loss = tf.add(loss, tf.mul(spatial, lambdaS));
  }
  if (lambdaF !== 0) {
    const weights = new Map<number, tf.Tensor>();
    freq = total(
      compared.map((maps) => {
        const side = maps.teacher.shape[2] ?? 1;
        const weight = weights.get(side) ?? frequencyWeight(x0, side, distillation);
        weights.set(side, weight);
        return frequencyLoss(maps.teacher, maps.student, weight, distillation);
      }),
    );
    loss = tf.add(loss, tf.mul(freq, lambdaF));
  }
  return { loss, ddpm, ...(spatial && { spatial }), ...(freq && { freq }) };
}

function featuresOf(result: ReturnType<typeof unet>, name: string): tf.Tensor {
  const features = name === outputTap ? result.output : result.taps[name];
  if (features === undefined) throw new InvariantError(`no features ${name}`);
  return features;
}
