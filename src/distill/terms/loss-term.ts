// What a term of the distillation loss is (paper, section 5.2): a weight, and a scalar of teacher's and student's features.
import * as tf from '@tensorflow/tfjs-core';

/** Features of teacher and student, of one shape [B, C, H, W]. */
export interface ComparedMaps {
  readonly teacher: tf.Tensor;
  readonly student: tf.Tensor;
}

/** A term that is switched on. */
export interface LossTerm<Name extends string = string> {
  /** The name that curves and reports know it by. */
  readonly name: Name;
  /** Its weight in the loss. */
  readonly lambda: number;
  /** The term of all pairs `maps`, unweighted, a scalar; `x0` [B, C, H, W] are the clean latents. */
  readonly value: (maps: readonly ComparedMaps[], x0: tf.Tensor) => tf.Tensor;
}

/** `sum` is the print's squared norm, averaged over the batch; `mean` divides it by C H W too. */
export type Reduction = 'mean' | 'sum';

/** The squares of maps of shape [B, C, H, W] as one number. */
export function reduce(
  squares: tf.Tensor,
  [batch, ...map]: readonly number[],
  reduction: Reduction,
): tf.Tensor {
  const count = reduction === 'sum' ? 1 : map.reduce((product, extent) => product * extent, 1);
  return tf.div(tf.sum(squares), (batch ?? 1) * count);
}

/** The sum of scalars, one at least. */
export function total(scalars: readonly tf.Tensor[]): tf.Tensor {
  return scalars.reduce((sum, scalar) => tf.add(sum, scalar));
}
