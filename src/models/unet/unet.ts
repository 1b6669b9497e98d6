// latent-diffusion's UNet and its wavelet-gated form: noise prediction for latents, with named features for
// distillation. The architecture is in unet-plan.ts; this file only walks it.
import * as tf from '@tensorflow/tfjs-core';
import type { Params, ParamSpec } from '../../nn/params.ts';
import { timeEmbedding, timeEmbeddingSpec } from './timestep-embedding.ts';
import { checkUNetConfig, type UNetConfig } from './unet-config.ts';
import { applyLayer, layerSpec } from './unet-layers.ts';
import { embeddingWidth, unetBlocks } from './unet-plan.ts';
import type { GateObserver } from '../wavelet/wavelet-gating.ts';

export { gatedModules } from './unet-plan.ts';

/** The UNet's parameters in state-dict order. */
export function unetSpec(config: UNetConfig): ParamSpec[] {
  checkUNetConfig(config);
  return [
    ...timeEmbeddingSpec('time_embed', config.modelChannels, embeddingWidth(config)),
    ...unetBlocks(config).flatMap(({ layers }) => layers.flatMap(layerSpec)),
  ];
}

export interface UNetOptions {
  /** Context tokens [B, S, contextDim] for spatial transformers. */
  readonly context?: tf.Tensor;
}

export interface UNetResult {
  readonly output: tf.Tensor;
  readonly taps: Readonly<Record<string, tf.Tensor>>;
  readonly gates: Readonly<Record<string, tf.Tensor>>;
}

/**
 * Predicts from noisy latents x [B, inChannels, H, W] and timesteps [B] (float32 or int32). `output` is
 * [B, outChannels, H, W]; `taps` are the features that `unetTaps` lists; `gates` [B, 4K, 1, 1] are those of Eq. 8 by
 * the names of `gatedModules`. Taps and gates are computed in any case: to leave them unused costs nothing.
 */
export function unet(
  params: Params,
  config: UNetConfig,
  x: tf.Tensor,
  timesteps: tf.Tensor,
  { context }: UNetOptions = {},
): UNetResult {
  const emb = timeEmbedding(params, 'time_embed', timesteps, config.modelChannels);
  const taps: Record<string, tf.Tensor> = {};
  const gates: Record<string, tf.Tensor> = {};
  const onGate: GateObserver = (name, gate) => {
    gates[name] = gate;
  };
  const kept: tf.Tensor[] = [];
  let h = x;
  for (const { path, layers, tap } of unetBlocks(config)) {
    const skip = path === 'up' ? kept.pop() : undefined;
    if (skip !== undefined) h = tf.concat([h, skip], 1);
    for (const [i, layer] of layers.entries()) {
      h = applyLayer(params, layer, h, { emb, context, onGate });
      if (tap?.after === i + 1) taps[tap.name] = h;
    }
    if (path === 'down') kept.push(h);
  }
  return { output: h, taps, gates };
}
