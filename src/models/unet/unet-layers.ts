// What each kind of UNet layer holds and does: its parameter spec and its function, side by side.
import * as tf from '@tensorflow/tfjs-core';
import { silu } from '../../nn/activation.ts';
import { conv2d } from '../../nn/conv.ts';
import { linear } from '../../nn/linear.ts';
import { groupNorm } from '../../nn/norm.ts';
import { convSpec, linearSpec, normSpec, type Params, type ParamSpec } from '../../nn/params.ts';
import { attentionBlock, attentionBlockSpec } from './attention-block.ts';
import { spatialTransformer, spatialTransformerSpec } from './spatial-transformer.ts';
import { resampledChannels, type Layer, type Resampler } from './unet-plan.ts';
import { resample, resampleSpec } from './unet-resample.ts';
import type { GateObserver } from '../wavelet/wavelet-gating.ts';

type LayerOf<K extends Layer['kind']> = Extract<Layer, { kind: K }>;

/** What layers see besides their input: the timestep embedding [B, E] and the context tokens [B, S, D]. */
export interface Conditioning {
  readonly emb: tf.Tensor;
  readonly context: tf.Tensor | undefined;
  readonly onGate?: GateObserver;
}

interface LayerKind<L extends Layer> {
  spec(layer: L): ParamSpec[];
  apply(params: Params, layer: L, x: tf.Tensor, conditioning: Conditioning): tf.Tensor;
}

const eps = 1e-5;

const kinds: { readonly [K in Layer['kind']]: LayerKind<LayerOf<K>> } = {
  conv: {
    spec: ({ name, inC, outC }) => convSpec(name, inC, outC, 3),
    apply: (params, { name }, x) => conv2d(params, name, x, { padding: 1 }),
  },
  res: { spec: resBlockSpec, apply: resBlock },
  attention: {
    spec: ({ name, channels }) => attentionBlockSpec(name, channels),
    apply: (params, layer, x) => attentionBlock(params, layer, x),
  },
  transformer: {
    spec: spatialTransformerSpec,
    apply: (params, layer, x, { context }) => spatialTransformer(params, layer, x, context),
  },
  resample: {
    spec: ({ name, channels, resampler }) => resampleSpec(name, channels, resampler),
    apply: (params, { name, resampler }, x, { onGate }) => resample(params, name, x, resampler, onGate),
  },
  head: {
    spec: ({ name, inC, outC }) => [
      ...normSpec(`${name}.0`, inC),
      ...convSpec(`${name}.2`, inC, outC, 3, { zero: true }),
    ],
    apply: (params, { name, groups }, x) =>
      conv2d(params, `${name}.2`, silu(groupNorm(params, `${name}.0`, x, { groups, eps })), { padding: 1 }),
  },
};

/** The parameters of one layer, in the order of PyTorch's state dict. */
export function layerSpec(layer: Layer): ParamSpec[] {
  return (kinds[layer.kind] as LayerKind<Layer>).spec(layer);
}

/** One layer: x [B, C, H, W] -> [B, C', H', W']. */
export function applyLayer(
  params: Params,
  layer: Layer,
  x: tf.Tensor,
  conditioning: Conditioning,
): tf.Tensor {
  return (kinds[layer.kind] as LayerKind<Layer>).apply(params, layer, x, conditioning);
}

/** Channels of both branches of a residual block behind its resampler, if it has one. */
function branchChannels({ inC, resampler }: LayerOf<'res'>): number {
  return resampler === undefined ? inC : resampledChannels(inC, resampler);
}

function resBlockSpec(layer: LayerOf<'res'>): ParamSpec[] {
  const { name, inC, outC, embC, scaleShift, resampler } = layer;
  const branchC = branchChannels(layer);
  return [
    ...normSpec(`${name}.in_layers.0`, inC),
    ...convSpec(`${name}.in_layers.2`, branchC, outC, 3),
    ...(resampler === undefined
      ? []
      : ['h_upd', 'x_upd'].flatMap((path) => resampleSpec(`${name}.${path}`, inC, resampler))),
    ...linearSpec(`${name}.emb_layers.1`, embC, scaleShift ? 2 * outC : outC),
    ...normSpec(`${name}.out_layers.0`, outC),
    ...convSpec(`${name}.out_layers.3`, outC, outC, 3, { zero: true }),
    ...(branchC === outC ? [] : convSpec(`${name}.skip_connection`, branchC, outC, 1)),
  ];
}

/** latent-diffusion's ResBlock; the resampler, if any, acts on both branches, each with its own parameters. */
function resBlock(
  params: Params,
  layer: LayerOf<'res'>,
  input: tf.Tensor,
  { emb, onGate }: Conditioning,
): tf.Tensor {
  const { name, outC, groups, resampler, scaleShift } = layer;
  const norm = { groups, eps };
  let x = input;
  let h = silu(groupNorm(params, `${name}.in_layers.0`, x, norm));
  if (resampler !== undefined) {
    h = resample(params, `${name}.h_upd`, h, besideStream(resampler), onGate);
    x = resample(params, `${name}.x_upd`, x, resampler, onGate);
  }
  h = conv2d(params, `${name}.in_layers.2`, h, { padding: 1 });
  const shift = linear(params, `${name}.emb_layers.1`, silu(emb)); // [B, outC] or [B, 2 outC]
  if (scaleShift) {
    const perChannel = tf.reshape(shift, [...shift.shape, 1, 1]);
    const [scale, offset] = tf.split(perChannel, 2, 1) as [tf.Tensor, tf.Tensor];
    h = groupNorm(params, `${name}.out_layers.0`, h, norm);
    h = tf.add(tf.mul(h, tf.add(scale, 1)), offset);
  } else {
    h = groupNorm(params, `${name}.out_layers.0`, h, { ...norm, shift });
  }
  h = conv2d(params, `${name}.out_layers.3`, silu(h), { padding: 1 });
  return tf.add(branchChannels(layer) === outC ? x : conv2d(params, `${name}.skip_connection`, x), h);
}

/** The resampler on the branch beside the residual stream, where gating always ends in SiLU. */
function besideStream({ direction, method }: Resampler): Resampler {
  return { direction, method: typeof method === 'object' ? { ...method, activation: 'silu' } : method };
}
