// Kernels that an engine offers beyond TF.js's own (engine/lower/fused.ts). A function asks for one by name and keeps
// a definition in TF.js ops for engines without it, so that the reference engine checks both.
import * as tf from '@tensorflow/tfjs-core';

export type FusedKernelName = 'SdxUpsampleNearest2x' | 'SdxAveragePool2x';

/** `kernel` of x where the running backend has it, else `otherwise`. Gradients are the caller's (tf.customGrad). */
export function fusedOr(kernel: FusedKernelName, x: tf.Tensor, otherwise: () => tf.Tensor): tf.Tensor {
  const known = tf.getKernel(kernel, tf.getBackend()) as tf.KernelConfig | undefined;
  if (known === undefined) return otherwise();
  return tf.engine().runKernel<tf.Tensor>(kernel, { x });
}
