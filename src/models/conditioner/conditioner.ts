// What a conditional UNet is told: class labels or captions as ids, and the context tokens [B, S, width] they become.
// Parameter names are those of public checkpoints ('cond_stage_model.').
import * as tf from '@tensorflow/tfjs-core';
import { paramsUnder, type Params, type ParamSpec } from '../../nn/params.ts';
import { classEmbedder, classEmbedderSpec } from './class-embedder.ts';
import { clipText, clipTextSpec } from '../clip/clip-text.ts';
import { textTokens, type ConditionerConfig } from './conditioner-config.ts';

/** Start of the conditioner's names, by kind. */
export const conditionerPrefix = {
  class: 'cond_stage_model.embedding',
  text: 'cond_stage_model.transformer.',
} as const;

/** Parameters of the conditioner. */
export function conditionerSpec(config: ConditionerConfig): ParamSpec[] {
  return config.kind === 'class'
    ? classEmbedderSpec(conditionerPrefix.class, config.classes + 1, config.width) // the last row means "no class"
    : clipTextSpec(config.encoder).map((spec) => ({ ...spec, name: conditionerPrefix.text + spec.name }));
}

/** Context [B, S, width] of ids [B, idsPerSample] int32; other parameters than the conditioner's are ignored. */
export function contextOf(params: Params, config: ConditionerConfig, ids: tf.Tensor): tf.Tensor {
  if (config.kind === 'class') return classEmbedder(params, conditionerPrefix.class, tf.reshape(ids, [-1]));
  const own = paramsUnder(params, conditionerPrefix.text);
  return clipText(own, config.encoder, tf.reshape(ids, [-1, textTokens(config)]));
}
