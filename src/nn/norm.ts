// Normalisation layers, with gradients written out: statistics per row, affine maps folded to one multiply-add.
import * as tf from '@tensorflow/tfjs-core';
import { fusedOr } from './fused.ts';
import { param, type Params } from './params.ts';

/** x - mean and 1 / sqrt(var + eps) over the last axis of x [N, D], biased variance: [N, D] and [N, 1]. */
function centre(x: tf.Tensor, eps: number): { centred: tf.Tensor; inverse: tf.Tensor } {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const squares = fusedOr('SdxSumSquares', centred, () => tf.sum(tf.square(centred), -1, true));
  const variance = tf.mul(squares, 1 / (x.shape.at(-1) ?? 1));
  return { centred, inverse: tf.rsqrt(tf.add(variance, eps)) };
}

/** GroupNorm: x [B, C, H, W], affine `<name>.weight|bias` [C]. LDM: eps 1e-5 in the UNet, 1e-6 elsewhere. */
export function groupNorm(
  params: Params,
  name: string,
  x: tf.Tensor,
  { groups, eps }: { groups: number; eps: number },
): tf.Tensor {
  const [batch, channels, ...space] = x.shape as [number, number, ...number[]];
  const pixels = space.reduce((product, extent) => product * extent, 1);
  const perGroup = channels / groups;
  const rows = [batch * groups, perGroup * pixels];
  const maps = [batch, channels, pixels];
  const normalize = tf.customGrad((...args) => {
    const save = args.pop() as tf.GradSaveFunc;
    const [input, weight, bias] = args as [tf.Tensor, tf.Tensor, tf.Tensor];
    const { centred, inverse } = centre(tf.reshape(input, rows), eps);
    const scale = channelScale(inverse, weight); // [B, C, 1]
    const y = tf.add(tf.mul(tf.reshape(centred, maps), scale), tf.reshape(bias, [1, channels, 1]));
    save([centred, inverse, weight]);
    return {
      value: tf.reshape(y, x.shape),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [c, inv, w] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        const dMaps = tf.reshape(dy, maps);
        const grouped = [batch, groups, perGroup];
        // Sums over the pixels of dy and of dy times the normalised x: [B, C].
        const sums = tf.sum(dMaps, -1);
        const products = tf.reshape(
          tf.mul(
            tf.reshape(tf.sum(tf.mul(dMaps, tf.reshape(c, maps)), -1), grouped),
            tf.reshape(inv, [batch, groups, 1]),
          ),
          [batch, channels],
        );
        const groupMean = (v: tf.Tensor): tf.Tensor =>
          tf.mul(
            tf.reshape(tf.sum(tf.reshape(tf.mul(v, w), grouped), -1), [batch * groups, 1]),
            1 / (perGroup * pixels),
          );
        // dx = inv (w dy - mean(w dy) - xhat mean(w dy xhat)) with xhat = inv c.
        const along = tf.mul(tf.mul(groupMean(products), inv), inv);
        const offset = tf.mul(groupMean(sums), inv);
        const straight = tf.reshape(tf.mul(dMaps, channelScale(inv, w)), rows);
        const dx = tf.sub(straight, tf.add(tf.mul(c, along), offset));
        return [tf.reshape(dx, x.shape), tf.sum(products, 0), tf.sum(sums, 0)];
      },
    };
  });
  return normalize(x, param(params, `${name}.weight`), param(params, `${name}.bias`));

  /** 1 / std of each group [B*G, 1] times weight [C] -> [B, C, 1]. */
  function channelScale(inverse: tf.Tensor, weight: tf.Tensor): tf.Tensor {
    const product = tf.mul(
      tf.reshape(inverse, [batch, groups, 1]),
      tf.reshape(weight, [1, groups, perGroup]),
    );
    return tf.reshape(product, [batch, channels, 1]);
  }
}

/** LayerNorm over the last axis: x [..., C], affine `<name>.weight|bias` [C]. */
export function layerNorm(params: Params, name: string, x: tf.Tensor, eps = 1e-5): tf.Tensor {
  const channels = x.shape.at(-1) ?? 1;
  const rows = [x.size / channels, channels];
  const normalize = tf.customGrad((...args) => {
    const save = args.pop() as tf.GradSaveFunc;
    const [input, weight, bias] = args as [tf.Tensor, tf.Tensor, tf.Tensor];
    const { centred, inverse } = centre(tf.reshape(input, rows), eps);
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
