// The training objective: L = L_DDPM + lambda_s L_spatial + lambda_f L_freq (Eq. 3 and section 5.2); the terms behind the
// first, which is all that a teacher trains on, are rows of terms/catalog.ts.
import * as tf from '@tensorflow/tfjs-core';
import { qSample } from '../diffusion/forward-process.ts';
import { predictionTarget, type Prediction } from '../diffusion/prediction.ts';
import { InvariantError } from '../errors.ts';
import type { UNetConfig } from '../models/unet/unet-config.ts';
import { outputTap } from '../models/unet/unet-plan.ts';
import { unet } from '../models/unet/unet.ts';
import type { Params } from '../nn/params.ts';
import { inTeacherDeviations, type FeatureNorm } from './feature-norm.ts';
import { aligned, type TapPair } from './feature-taps.ts';
import type { TermName } from './terms/catalog.ts';
import type { LossTerm } from './terms/loss-term.ts';

/** A batch: clean latents and noise [B, C, H, W], timesteps [B] and the forward process's coefficients [B]. */
export interface DiffusionBatch {
  readonly x0: tf.Tensor;
  readonly epsilon: tf.Tensor;
  readonly timesteps: tf.Tensor;
  readonly sqrtAlphaBar: tf.Tensor;
  readonly sqrtOneMinusAlphaBar: tf.Tensor;
  /** Context tokens [B, S, D] of the network that is trained, where it is conditional. */
  readonly context?: tf.Tensor;
}

/** What the loss has of the teacher. */
export interface Distillation {
  readonly teacher: UNetConfig;
  readonly teacherParams: Params;
  /** Context tokens of the teacher, where it is conditional. */
  readonly teacherContext?: tf.Tensor;
  readonly pairs: readonly TapPair[];
  /** Scale of the compared features; as they are if left out. */
  readonly featureNorm?: FeatureNorm;
  /** The terms that are on. */
  readonly terms: readonly LossTerm<TermName>[];
}

/** Scalars: the total and its unweighted terms. */
export type Objective = Readonly<Record<'loss' | 'ddpm', tf.Tensor> & Partial<Record<TermName, tf.Tensor>>>;

/** L_DDPM (Eq. 3): mean squared error of the prediction, which is the noise where nothing else is asked for. */
function ddpmLoss(target: tf.Tensor, predicted: tf.Tensor): tf.Tensor {
  return tf.mean(tf.squaredDifference(target, predicted));
}

/** The objective for student parameters `params` (UNet and alignment convolutions under their names). */
export function objective(
  params: Params,
  { unet: config, prediction }: { readonly unet: UNetConfig; readonly prediction?: Prediction },
  batch: DiffusionBatch,
  distillation?: Distillation,
): Objective {
  const { x0, epsilon, timesteps, sqrtAlphaBar, sqrtOneMinusAlphaBar, context } = batch;
  const xt = qSample(x0, epsilon, sqrtAlphaBar, sqrtOneMinusAlphaBar);
  const student = unet(params, config, xt, timesteps, context && { context });
  const ddpm = ddpmLoss(
    predictionTarget(prediction, { x0, epsilon, sqrtAlphaBar, sqrtOneMinusAlphaBar }),
    student.output,
  );
  if (distillation === undefined) return { loss: ddpm, ddpm };

  const { teacherParams, teacherContext, pairs, featureNorm, terms } = distillation;
  const teacher = unet(
    teacherParams,
    distillation.teacher,
    xt,
    timesteps,
    teacherContext && { context: teacherContext },
  );
  const compared = pairs.map((pair) => {
    const maps = {
      teacher: featuresOf(teacher, pair.name),
      student: aligned(params, pair, featuresOf(student, pair.name)),
    };
    return featureNorm === 'teacher-variance' ? inTeacherDeviations(maps) : maps;
  });
  let loss = ddpm;
  const values: Partial<Record<TermName, tf.Tensor>> = {};
  for (const { name, lambda, value } of terms) {
    const term = value(compared, x0);
    values[name] = term;
    loss = tf.add(loss, tf.mul(term, lambda));
  }
  return { loss, ddpm, ...values };
}

function featuresOf(result: ReturnType<typeof unet>, name: string): tf.Tensor {
  const features = name === outputTap ? result.output : result.taps[name];
  if (features === undefined) throw new InvariantError(`no features ${name}`);
  return features;
}
