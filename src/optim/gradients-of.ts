// Gradients of a loss for named parameters, with the terms that the loss reports beside it.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '../engine/engine.ts';
import { loadUnionPackage } from '../engine/union-package.ts';
import type { Params } from '../nn/params.ts';

/** Scalars by name; `loss` is minimised, the others are reported. */
export type LossTerms = { readonly loss: tf.Tensor } & Tensors;

/** `fixed` are the same weights as `params`, but no gradient is taken through them. */
export type LossFunction = (
  params: Params,
  args: { readonly inputs: Tensors; readonly constants: Tensors; readonly fixed: Params },
) => LossTerms;

/** Gradients of `loss` for `params`, and the terms it returned. */
export function gradientsOf(
  names: readonly string[],
  params: tf.Tensor[],
  loss: (params: Params, fixed: Params) => LossTerms,
): { gradients: tf.Tensor[]; terms: LossTerms } {
  loadUnionPackage();
  let terms: LossTerms | undefined;
  const named = (tensors: readonly tf.Tensor[]): Params =>
    Object.fromEntries(tensors.map((tensor, i) => [names[i]!, tensor]));
  const fixed = named(params.map((tensor) => tf.clone(tensor))); // outside the scope in which gradients are taken
  const gradients = tf.grads((...tensors: tf.Tensor[]) => {
    const found = loss(named(tensors), fixed);
    // Kept: the terms outlive the scope in which gradients are taken. No other scope frees them either; who has read
    // them does, as eager programs do with all that they give out (engine/eager.ts).
    terms = Object.fromEntries(
      Object.entries(found).map(([name, term]) => [name, tf.keep(tf.clone(term))]),
    ) as LossTerms;
    return found.loss;
  })(params);
  return { gradients, terms: terms! };
}
