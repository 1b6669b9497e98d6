// From pixels to features: the preprocessings under which FIDs are published, by name, and the function that an
// engine compiles. Everything that changes the numbers is in the spec, for the metric card.
import * as tf from '@tensorflow/tfjs-core';
import type { TensorFunction } from '../../engine/engine.ts';
import { UserError } from '../../errors.ts';
import { inceptionFeatures, inceptionMinSize, type InceptionVariant } from './inception.ts';
import { resizeBicubicClean, resizeBilinear } from './inception-resize.ts';

interface Preprocessing {
  readonly variant: InceptionVariant;
  readonly resize: (x: tf.Tensor, outH: number, outW: number) => tf.Tensor;
  /** `resize` in words, for metric cards. */
  readonly resampler: string;
  /** (pixel - offset) / divisor is what the network sees. */
  readonly offset: number;
  readonly divisor: number;
}

const bilinear = { resize: resizeBilinear, resampler: 'bilinear' } as const;
const bicubic = { resize: resizeBicubicClean, resampler: 'antialiased bicubic' } as const;

/** Extractors by name. */
export const extractors = {
  /** pytorch-fid: bilinear without antialiasing, [-1, 1]. */
  'pytorch-fid': { variant: 'fid', ...bilinear, offset: 127.5, divisor: 127.5 },
  /** clean-fid: Pillow's bicubic on floats, (x - 128) / 128. */
  'clean-fid': { variant: 'fid', ...bicubic, offset: 128, divisor: 128 },
  /** The Inception-v3 that nsfwjs ships, trained on [0, 1]: offline, not comparable with published FIDs. */
  nsfwjs: { variant: 'keras', ...bilinear, offset: 0, divisor: 255 },
} as const satisfies Readonly<Record<string, Preprocessing>>;

export type ExtractorName = keyof typeof extractors;

export interface ExtractorSpec {
  readonly name: ExtractorName;
  /** Edge that images are resized to; 299 is the only one that published FIDs use. */
  readonly inputSize: number;
}

/**
 * The function to compile, with folded weights as `constants`: input `images` float32 [B, 3, H, W] in [0, 255],
 * output `features` [B, 2048]. Throws UserError for an input size that the network cannot take.
 */
export function extractorFunction({ name, inputSize }: ExtractorSpec): TensorFunction {
  if (!Number.isInteger(inputSize) || inputSize < inceptionMinSize) {
    throw new UserError('usage', `Inception-v3 cannot take images of ${inputSize} pixels`, {
      hint: `use an input size of 299 (published FIDs) or any from ${inceptionMinSize} on`,
    });
  }
  const { variant, resize, offset, divisor }: Preprocessing = extractors[name];
  return ({ constants, inputs }) => {
    const resized = resize(inputs['images']!, inputSize, inputSize);
    const centred = tf.div(tf.sub(resized, offset), divisor);
    return { outputs: { features: inceptionFeatures(constants, centred, variant) } };
  };
}
