// The frequency term of the distillation loss (Eq. 10-11).
import * as tf from '@tensorflow/tfjs-core';
import { averagePool2x } from '../../nn/resample.ts';
import { halfPlaneMultiplicity, halfPlanePower, type DftNorm } from '../spectrum.ts';
import { reduce, total, type LossTerm, type Reduction } from './loss-term.ts';

export interface FrequencyOptions {
  readonly reduction: Reduction;
  readonly dftNorm: DftNorm;
  /** Exponent of the weight, below 0 in the paper. */
  readonly alpha: number;
  /** Smallest |DFT(x0)| that the weight sees, relative to its mean over the map. */
  readonly weightFloor: number;
  /** `mean-one` divides the weight by its mean over the plane; as printed if left out. */
  readonly weightNorm?: WeightNorm;
}

/** Scale of omega: Eq. 11's own, or with mean 1. */
export type WeightNorm = 'none' | 'mean-one';

export interface FrequencySettings extends FrequencyOptions {
  readonly lambdaF: number;
}

/** L_freq: the sum of `frequencyLoss` over all pairs; the weight is computed once for maps of one size. */
export function frequencyTerm(settings: FrequencySettings): LossTerm<'freq'> {
  return {
    name: 'freq',
    lambda: settings.lambdaF,
    value: (maps, x0) => {
      const weights = new Map<number, tf.Tensor>();
      return total(
        maps.map(({ teacher, student }) => {
          const side = teacher.shape[2] ?? 1;
          const weight = weights.get(side) ?? frequencyWeight(x0, side, settings);
          weights.set(side, weight);
          return frequencyLoss(teacher, student, weight, settings);
        }),
      );
    },
  };
}

/**
 * Eq. 11 for one pair [B, C, H, W]: omega ||DFT(X_T) - DFT(X_S)||^2, a scalar. The DFT is linear, so it is taken of
 * the difference. `weight` is `frequencyWeight` for maps of this size.
 */
export function frequencyLoss(
  teacher: tf.Tensor,
  student: tf.Tensor,
  weight: tf.Tensor,
  { reduction, dftNorm }: Pick<FrequencyOptions, 'reduction' | 'dftNorm'>,
): tf.Tensor {
  const power = halfPlanePower(tf.sub(teacher, student), dftNorm); // [B, C, W/2 + 1, H]
  return reduce(tf.mul(power, weight), teacher.shape, reduction);
}

/**
 * omega of Eq. 11 for maps of height and width `side`, times the half plane's multiplicity: clean latents x0
 * [B, C, H, W] -> [B, 1, side/2 + 1, side]. |DFT(x0)| is the root mean square over the channels of x0, because x0 and
 * the feature maps differ in channels; Resize of Eq. 10 averages (areas of 2 x 2, repeatedly).
 */
export function frequencyWeight(x0: tf.Tensor, side: number, options: FrequencyOptions): tf.Tensor {
  let resized = x0;
  while ((resized.shape[2] ?? 0) > side) resized = averagePool2x(resized);
  const power = tf.mean(halfPlanePower(resized, options.dftNorm), 1, true); // [B, 1, side/2 + 1, side]
  const magnitude = tf.sqrt(power);
  const multiplicity = halfPlaneMultiplicity(side);
  const planeMean = (half: tf.Tensor): tf.Tensor =>
    tf.div(tf.sum(tf.mul(half, multiplicity), [1, 2, 3], true), side * side); // over the whole plane
  const clamped = tf.maximum(magnitude, tf.mul(planeMean(magnitude), options.weightFloor));
  const weight = options.alpha === -1 ? tf.div(1, clamped) : tf.pow(clamped, options.alpha);
  const scaled = options.weightNorm === 'mean-one' ? tf.div(weight, planeMean(weight)) : weight;
  return tf.mul(scaled, multiplicity);
}
