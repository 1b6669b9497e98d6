// CLIP's text transformer under Hugging Face's parameter names: token ids to the features that condition a UNet.
import * as tf from '@tensorflow/tfjs-core';
import { gelu, quickGelu } from '../../nn/activation.ts';
import { attention } from '../../nn/attention.ts';
import { linear } from '../../nn/linear.ts';
import { layerNorm } from '../../nn/norm.ts';
import { linearSpec, normSpec, param, type Params, type ParamSpec } from '../../nn/params.ts';
import type { ClipTextConfig } from './clip-text-config.ts';

const root = 'text_model';

/** Parameters, names starting with 'text_model.'; embeddings start as N(0, 0.02), as in CLIP. */
export function clipTextSpec(config: ClipTextConfig): ParamSpec[] {
  const { vocabSize, positions, width, hiddenWidth } = config;
  const init = { kind: 'normal', std: 0.02 } as const;
  return [
    { name: `${root}.embeddings.token_embedding.weight`, shape: [vocabSize, width], init },
    { name: `${root}.embeddings.position_embedding.weight`, shape: [positions, width], init },
    ...Array.from({ length: config.layers }, (_, i) => {
      const layer = `${root}.encoder.layers.${i}`;
      return [
        ...['k_proj', 'v_proj', 'q_proj', 'out_proj'].flatMap((part) =>
          linearSpec(`${layer}.self_attn.${part}`, width, width),
        ),
        ...normSpec(`${layer}.layer_norm1`, width),
        ...linearSpec(`${layer}.mlp.fc1`, width, hiddenWidth),
        ...linearSpec(`${layer}.mlp.fc2`, hiddenWidth, width),
        ...normSpec(`${layer}.layer_norm2`, width),
      ];
    }).flat(),
    ...normSpec(`${root}.final_layer_norm`, width),
  ];
}

/** Token ids [B, T] int32 -> last hidden state after the final norm, [B, T, width]. */
export function clipText(params: Params, config: ClipTextConfig, ids: tf.Tensor): tf.Tensor {
  const [b, t] = ids.shape as [number, number];
  const flat: tf.Tensor1D = tf.reshape(ids, [b * t]);
  const tokens = tf.gather(param(params, `${root}.embeddings.token_embedding.weight`), flat); // [B*T, C]
  const table = param(params, `${root}.embeddings.position_embedding.weight`);
  const positions = tf.slice(table, [0, 0], [t, config.width]); // [T, C]
  const mask = causalMask(t);
  let x = tf.add(tf.reshape(tokens, [b, t, config.width]), positions);
  for (let i = 0; i < config.layers; i++) {
    const layer = `${root}.encoder.layers.${i}`;
    const normed = layerNorm(params, `${layer}.layer_norm1`, x);
    x = tf.add(x, selfAttention(params, `${layer}.self_attn`, normed, config.heads, mask));
    x = tf.add(x, mlp(params, `${layer}.mlp`, layerNorm(params, `${layer}.layer_norm2`, x), config));
  }
  return layerNorm(params, `${root}.final_layer_norm`, x);
}

/** [T, T]: 0 where a token may look, a number below every logit where it may not. */
function causalMask(length: number): tf.Tensor2D {
  const rows = Array.from({ length }, (_, row) =>
    Array.from({ length }, (_, column) => (column > row ? -1e9 : 0)),
  );
  return tf.tensor2d(rows, [length, length]);
}

/** x [B, T, C] -> [B, T, C]. */
function selfAttention(
  params: Params,
  name: string,
  x: tf.Tensor,
  heads: number,
  bias: tf.Tensor,
): tf.Tensor {
  const [b, t, c] = x.shape as [number, number, number];
  const width = c / heads;
  const project = (part: string): tf.Tensor => {
    const y = tf.reshape(linear(params, `${name}.${part}`, x), [b, t, heads, width]);
    return tf.reshape(tf.transpose(y, [0, 2, 1, 3]), [b * heads, t, width]);
  };
  const scale = 1 / Math.sqrt(width);
  const mixed = attention(project('q_proj'), project('k_proj'), project('v_proj'), { scale, bias });
  const merged = tf.transpose(tf.reshape(mixed, [b, heads, width, t]), [0, 3, 1, 2]); // [B, T, heads, width]
  return linear(params, `${name}.out_proj`, tf.reshape(merged, [b, t, c]));
}

function mlp(params: Params, name: string, x: tf.Tensor, { activation }: ClipTextConfig): tf.Tensor {
  const hidden = linear(params, `${name}.fc1`, x);
  return linear(params, `${name}.fc2`, activation === 'gelu' ? gelu(hidden) : quickGelu(hidden));
}
