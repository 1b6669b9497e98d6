// The scale of compared features. Eq. 9 and 11 take them as they are, so the layers with the largest numbers decide the
// sum; in units of the teacher's variance all layers count alike.
import * as tf from '@tensorflow/tfjs-core';
import type { ComparedMaps } from './terms/loss-term.ts';

export type FeatureNorm = 'none' | 'teacher-variance';

/** Least variance that is divided by: maps of a teacher that outputs a constant stay finite. */
const leastVariance = 1e-6;

/**
 * Both maps [B, C, H, W] over the standard deviation of the teacher's, image by image, so that nothing depends on the
 * batch; squares of their difference are then over its variance.
 */
export function inTeacherDeviations({ teacher, student }: ComparedMaps): ComparedMaps {
  const mean = tf.mean(teacher, [1, 2, 3], true);
  const variance = tf.mean(tf.square(tf.sub(teacher, mean)), [1, 2, 3], true); // [B, 1, 1, 1]
  const deviation = tf.sqrt(tf.maximum(variance, leastVariance));
  return { teacher: tf.div(teacher, deviation), student: tf.div(student, deviation) };
}
