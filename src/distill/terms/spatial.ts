// The spatial term of the distillation loss (Eq. 9).
import * as tf from '@tensorflow/tfjs-core';
import { reduce, total, type LossTerm, type Reduction } from './loss-term.ts';

export interface SpatialSettings {
  readonly lambdaS: number;
  readonly reduction: Reduction;
}

/** L_spatial: the sum of `spatialLoss` over all pairs. */
export function spatialTerm({ lambdaS, reduction }: SpatialSettings): LossTerm<'spatial'> {
  return {
    name: 'spatial',
    lambda: lambdaS,
    value: (maps) => total(maps.map(({ teacher, student }) => spatialLoss(teacher, student, reduction))),
  };
}

/** Eq. 9 for one pair [B, C, H, W]: ||X_T - X_S||^2, a scalar. */
export function spatialLoss(teacher: tf.Tensor, student: tf.Tensor, reduction: Reduction): tf.Tensor {
  return reduce(tf.squaredDifference(teacher, student), teacher.shape, reduction);
}
