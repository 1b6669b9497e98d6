// The wavelets that gating can use, one row each. All are separable: they split rows and columns in two, which gives the
// four bands below, and undo it exactly. A new one is a file beside haar.ts, a row here and its name in the schema.
import type * as tf from '@tensorflow/tfjs-core';
import { haarDwt, haarIdwt } from './haar.ts';

/** The bands in the order of channels: coarse; changes from row to row, from column to column, and along both. */
export const waveletBands = ['LL', 'LH', 'HL', 'HH'] as const;

export interface Wavelet {
  /** [B, C, H, W], H and W even -> [B, 4C, H/2, W/2], the bands of `waveletBands` one after the other. */
  readonly dwt: (x: tf.Tensor) => tf.Tensor;
  /** The inverse of `dwt`: [B, 4C, H, W] -> [B, C, 2H, 2W]. */
  readonly idwt: (bands: tf.Tensor) => tf.Tensor;
}

export const wavelets = {
  haar: { dwt: haarDwt, idwt: haarIdwt },
} as const satisfies Readonly<Record<string, Wavelet>>;

export type WaveletName = keyof typeof wavelets;
