// The objective of consistency distillation with a noise predictor as the teacher (Luo et al. 2023, Eq. 13 without guidance):
// from both ends of one step of the teacher's solver the student is to tell the same x0.
import * as tf from '@tensorflow/tfjs-core';
import { perSample, qSample } from '../diffusion/forward-process.ts';
import { epsilonOf, x0Of, type Prediction } from '../diffusion/prediction.ts';
import type { UNetConfig } from '../models/unet/unet-config.ts';
import { unet } from '../models/unet/unet.ts';
import type { Params } from '../nn/params.ts';

/** A timestep of each sample, [B] each: how much there is of latents and noise, and the factors of the boundary condition. */
export interface Level {
  readonly timesteps: tf.Tensor;
  readonly sqrtAlphaBar: tf.Tensor;
  readonly sqrtOneMinusAlphaBar: tf.Tensor;
  readonly skip: tf.Tensor;
  readonly out: tf.Tensor;
}

/** Clean latents and noise [B, C, H, W], the timesteps that they are noised to, and those one step of the solver below. */
export interface ConsistencyBatch {
  readonly x0: tf.Tensor;
  readonly epsilon: tf.Tensor;
  readonly now: Level;
  readonly previous: Level;
}

export interface ConsistencyNetworks {
  readonly unet: UNetConfig;
  readonly teacher: UNetConfig;
  readonly prediction?: Prediction;
}

/** Of the pseudo-Huber metric, as in the public code of latent consistency models. */
const huber = 0.001;

/**
 * The loss, a scalar: mean over all pixels of sqrt(d^2 + c^2) - c, d the difference of f(x_t, t) and f at the teacher's DDIM
 * step from x_t. `fixed` are the student's weights `params` as no gradient sees them: the target is told by the student itself
 * (Song and Dhariwal 2023, section 3.2, on why no average of the weights).
 */
export function consistencyLoss(
  { params, fixed, teacherParams }: Readonly<Record<'params' | 'fixed' | 'teacherParams', Params>>,
  networks: ConsistencyNetworks,
  { x0, epsilon, now, previous }: ConsistencyBatch,
): tf.Tensor {
  const { prediction, teacher } = networks;
  const xt = qSample(x0, epsilon, now.sqrtAlphaBar, now.sqrtOneMinusAlphaBar);
  const taught = epsilonOf(prediction, unet(teacherParams, teacher, xt, now.timesteps).output, {
    xt,
    ...now,
  });
  const below = qSample(
    x0Of(taught, { xt, ...now }),
    taught,
    previous.sqrtAlphaBar,
    previous.sqrtOneMinusAlphaBar,
  );
  const told = endOfPath(params, networks, xt, now);
  const target = endOfPath(fixed, networks, below, previous);
  const distance = tf.sqrt(tf.add(tf.squaredDifference(told, target), huber ** 2));
  return tf.mean(tf.sub(distance, huber));
}

/** f(x, t): the boundary condition around the x0 that the network predicts. */
function endOfPath(
  params: Params,
  { unet: config, prediction }: ConsistencyNetworks,
  xt: tf.Tensor,
  level: Level,
): tf.Tensor {
  const { output } = unet(params, config, xt, level.timesteps);
  const at = { xt, ...level };
  const x0 = x0Of(epsilonOf(prediction, output, at), at);
  return tf.add(tf.mul(perSample(level.skip), xt), tf.mul(perSample(level.out), x0));
}
