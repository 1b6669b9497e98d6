// Normalisation layers, with gradients written out: statistics per row, affine maps folded to one multiply-add.
import * as tf from '@tensorflow/tfjs-core';
import { param, type Params } from './params.ts';

/** 1 / sqrt(var + eps) over the last axis of `centred` [..., D], whose mean is 0; biased variance: [..., 1]. */
function inverseDeviation(centred: tf.Tensor, eps: number): tf.Tensor {
  return tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), eps));
}

export interface GroupNormOptions {
  readonly groups: number;
  /** LDM: 1e-5 in the UNet, 1e-6 elsewhere. */
  readonly eps: number;
  /** [B, C], added to x before it is normalised. It joins the mean that is taken away, so it needs no pass over x. */
  readonly shift?: tf.Tensor;
}

/** GroupNorm of x [B, C, H, W], plus `shift` if there is one; affine `<name>.weight|bias` [C]. */
export function groupNorm(
  params: Params,
  name: string,
  x: tf.Tensor,
  { groups, eps, shift }: GroupNormOptions,
): tf.Tensor {
  const [batch, channels] = x.shape as [number, number];
  const pixels = x.size / (batch * channels);
  const grouped = [batch, groups, channels / groups];
  const groupSize = (channels / groups) * pixels;
  const rows = [batch, groups, groupSize];
  const maps = [batch, channels, pixels];
  const perChannel = x.shape.map((_, axis) => (axis === 1 ? channels : 1)); // broadcasts over x
  /** 1 / std of each group [B, G, 1] times weight [C] -> [B, C, 1, 1]. */
  const scaleOf = (inverse: tf.Tensor, weight: tf.Tensor): tf.Tensor =>
    tf.reshape(tf.mul(inverse, tf.reshape(weight, [1, ...grouped.slice(1)])), [
      batch,
      ...perChannel.slice(1),
    ]);
  /** x + shift less its mean over each group: [B, G, C/G * pixels]. */
  const centre = (input: tf.Tensor, added: tf.Tensor | undefined): tf.Tensor => {
    const mean = tf.mean(tf.reshape(input, rows), -1, true); // [B, G, 1]
    if (added === undefined) return tf.sub(tf.reshape(input, rows), mean);
    const perGroup = tf.reshape(added, grouped);
    const offset = tf.sub(perGroup, tf.add(mean, tf.mean(perGroup, -1, true)));
    return tf.reshape(tf.add(tf.reshape(input, maps), tf.reshape(offset, [batch, channels, 1])), rows);
  };

  const normalize = tf.customGrad((...args) => {
    const save = args.pop() as tf.GradSaveFunc;
    const [input, weight, bias, added] = args as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor?];
    const centred = centre(input, added);
    const inverse = inverseDeviation(centred, eps); // [B, G, 1]
    const scaled = tf.mul(tf.reshape(centred, x.shape), scaleOf(inverse, weight));
    save([centred, inverse, weight]);
    return {
      value: tf.add(scaled, tf.reshape(bias, perChannel)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [c, inv, w] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        const dMaps = tf.reshape(dy, maps);
        // Sums over the pixels of dy and of dy times the normalised x: [B, C].
        const sums = tf.sum(dMaps, -1);
        const alongCentred = tf.reshape(tf.sum(tf.mul(dMaps, tf.reshape(c, maps)), -1), grouped);
        const products = tf.reshape(tf.mul(alongCentred, inv), [batch, channels]);
        const groupMean = (v: tf.Tensor): tf.Tensor =>
          tf.mul(tf.sum(tf.reshape(tf.mul(v, w), grouped), -1, true), 1 / groupSize);
        // dx = inv (w dy - mean(w dy) - xhat mean(w dy xhat)) with xhat = inv c.
        const along = tf.mul(tf.mul(groupMean(products), inv), inv);
        const constant = tf.mul(groupMean(sums), inv);
        const straight = tf.reshape(tf.mul(dy, scaleOf(inv, w)), rows);
        const dx = tf.sub(straight, tf.add(tf.mul(c, along), constant));
        const dShift = added === undefined ? [] : [tf.sum(tf.reshape(dx, maps), -1)];
        return [tf.reshape(dx, x.shape), tf.sum(products, 0), tf.sum(sums, 0), ...dShift];
      },
    };
  });
  const affine = [param(params, `${name}.weight`), param(params, `${name}.bias`)] as const;
  return normalize(x, ...affine, ...(shift === undefined ? [] : [shift]));
}

/** LayerNorm over the last axis: x [..., C], affine `<name>.weight|bias` [C]. */
export function layerNorm(params: Params, name: string, x: tf.Tensor, eps = 1e-5): tf.Tensor {
  const channels = x.shape.at(-1) ?? 1;
  const rows = [x.size / channels, channels];
  const normalize = tf.customGrad((...args) => {
    const save = args.pop() as tf.GradSaveFunc;
    const [input, weight, bias] = args as [tf.Tensor, tf.Tensor, tf.Tensor];
    const inRows = tf.reshape(input, rows);
    const centred = tf.sub(inRows, tf.mean(inRows, -1, true));
    const inverse = inverseDeviation(centred, eps);
    const normed = tf.mul(centred, inverse);
    save([normed, inverse, weight]);
    return {
      value: tf.reshape(tf.add(tf.mul(normed, weight), bias), x.shape),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [y, inv, w] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        const dRows = tf.reshape(dy, rows);
        const scaled = tf.mul(dRows, w);
        const mean = tf.mean(scaled, -1, true);
        const along = tf.mean(tf.mul(scaled, y), -1, true);
        const dx = tf.mul(tf.sub(tf.sub(scaled, mean), tf.mul(y, along)), inv);
        return [tf.reshape(dx, x.shape), tf.sum(tf.mul(dRows, y), 0), tf.sum(dRows, 0)];
      },
    };
  });
  return normalize(x, param(params, `${name}.weight`), param(params, `${name}.bias`));
}
