// What graphs of conditional models are told: ids where the encoder is trained with the model, contexts where it is not.
import type * as tf from '@tensorflow/tfjs-core';
import type { TensorSpecs, Tensors } from '../../engine/engine.ts';
import { contextOf } from '../../models/conditioner/conditioner.ts';
import {
  contextWidth,
  idsPerSample,
  type ConditionerConfig,
} from '../../models/conditioner/conditioner-config.ts';
import type { Params } from '../../nn/params.ts';
import type { ConditioningParams } from '../params.ts';

export interface ToldModel {
  readonly network: ConditionerConfig;
  /** Present where the encoder is not trained with the model. */
  readonly encoder?: object;
}

export function toldModel({ network, textEncoder }: ConditioningParams): ToldModel {
  return { network, ...(textEncoder?.kind === 'clip' && { encoder: textEncoder }) };
}

/** What an engine is told of `samples` conditions: `context` [samples, S, width], or `ids` [samples, S]. */
export function conditionSpecs({ network, encoder }: ToldModel, samples: number): TensorSpecs {
  const tokens = idsPerSample(network);
  return encoder
    ? { context: { shape: [samples, tokens, contextWidth(network)], dtype: 'float32' } }
    : { ids: { shape: [samples, tokens], dtype: 'int32' } };
}

/** Within a graph: the context of such inputs, by the embedder among `weights` where it is not given. */
export function contextOfInputs(
  { network }: ToldModel,
  weights: Params,
  { context, ids }: Tensors,
): tf.Tensor {
  return context ?? contextOf(weights, network, ids!);
}
