// Class labels as context: latent-diffusion's ClassEmbedder, one token per image.
import * as tf from '@tensorflow/tfjs-core';
import { param, type Params, type ParamSpec } from '../../nn/params.ts';

/** The embedding table `<name>.weight` [classes, width]; ImageNet: 1001 x 512, class 1000 meaning "no class". */
export function classEmbedderSpec(name: string, classes: number, width: number): ParamSpec[] {
  return [{ name: `${name}.weight`, shape: [classes, width], init: { kind: 'normal', std: 1 } }];
}

/** Labels [B] int32 -> context [B, 1, width]. */
export function classEmbedder(params: Params, name: string, labels: tf.Tensor): tf.Tensor {
  return tf.expandDims(tf.gather(param(params, `${name}.weight`), labels as tf.Tensor1D), 1);
}
