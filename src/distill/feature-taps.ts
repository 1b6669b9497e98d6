// Pairs of teacher and student features of the same scale, and the 1x1 convolutions, trained with the student, that
// bring the student's channels to the teacher's (paper, section 5.2).
import type * as tf from '@tensorflow/tfjs-core';
import { UserError } from '../errors.ts';
import { outputTap, unetTaps } from '../models/unet/unet-plan.ts';
import type { UNetConfig } from '../models/unet/unet-config.ts';
import { conv2d } from '../nn/conv.ts';
import { convSpec, type Params, type ParamSpec } from '../nn/params.ts';

/** One compared pair; `align` names the convolution where channels differ. */
export interface TapPair {
  readonly name: string;
  readonly studentChannels: number;
  readonly teacherChannels: number;
  /** Height and width are the latents' over this. */
  readonly scale: number;
  readonly align: string | undefined;
}

/**
 * The pairs named by `taps` (`all`: the last block of each resolution in both paths, and the output), in the order
 * in which they are computed. Throws UserError for a name that the networks do not have.
 */
export function tapPairs(
  teacher: UNetConfig,
  student: UNetConfig,
  taps: 'all' | readonly string[],
): TapPair[] {
  const output = (config: UNetConfig) => ({ name: outputTap, channels: config.outChannels, scale: 1 });
  const studentTaps = [...unetTaps(student), output(student)];
  const teacherTaps = [...unetTaps(teacher), output(teacher)];
  const compared = teacherTaps.filter(({ name }) => taps === 'all' || taps.includes(name));
  const pairs = compared.map(({ name, channels, scale }): TapPair => {
    const mine = studentTaps.find((tap) => tap.name === name && tap.scale === scale);
    if (mine === undefined)
      throw new UserError('usage', `the student has no features ${name} at scale ${scale} to compare with`, {
        hint: 'student and teacher need the same channelMult',
      });
    return {
      name,
      studentChannels: mine.channels,
      teacherChannels: channels,
      scale,
      align: mine.channels === channels ? undefined : `align.${name}`,
    };
  });
  if (taps === 'all') return pairs;
  return taps.map((name) => {
    const pair = pairs.find((candidate) => candidate.name === name);
    if (pair !== undefined) return pair;
    throw new UserError('usage', `distill.taps: there are no features ${name}`, {
      hint: `there are ${teacherTaps.map((candidate) => candidate.name).join(', ')}`,
    });
  });
}

/** Parameters of the alignment convolutions. */
export function alignSpec(pairs: readonly TapPair[]): ParamSpec[] {
  return pairs.flatMap(({ align, studentChannels, teacherChannels }) =>
    align === undefined ? [] : convSpec(align, studentChannels, teacherChannels, 1),
  );
}

/** The student's features [B, Cs, H, W] in the teacher's channels [B, Ct, H, W]. */
export function aligned(params: Params, { align }: TapPair, features: tf.Tensor): tf.Tensor {
  return align === undefined ? features : conv2d(params, align, features);
}
