// What networks cost, without allocating a weight: parameters from their specs, multiply-adds from their traced graphs.
import type * as tf from '@tensorflow/tfjs-core';
import type { TensorSpec, TensorSpecs } from '../../engine/engine.ts';
import { peakActivationBytes } from '../../engine/graph/count-activations.ts';
import { countMacs, type MacCounts } from '../../engine/graph/count-macs.ts';
import { inputPrefix, trace } from '../../engine/trace/trace.ts';
import { countParams } from '../../models/init-params.ts';
import { idsPerSample, type ConditionerConfig } from '../../models/conditioner/conditioner-config.ts';
import type { UNetConfig } from '../../models/unet/unet-config.ts';
import { unet, unetSpec } from '../../models/unet/unet.ts';
import type { Params, ParamSpec } from '../../nn/params.ts';
import type { ModelSummary } from '../training/summary.ts';

export interface TracedCost extends MacCounts {
  readonly params: number;
  /** Peak memory of one forward pass besides weights and inputs (count-activations.ts). */
  readonly activationBytes: number;
}

const weightPrefix = 'weight/';

/** A network as a function of its parameters and inputs. */
export interface TraceableNetwork {
  readonly specs: readonly ParamSpec[];
  readonly inputs: TensorSpecs;
  readonly apply: (weights: Params, inputs: Params) => tf.Tensor;
}

/** Cost of one run on inputs of these shapes, in the convention of the paper's tables (count-macs.ts). */
export function tracedCost({ specs, inputs, apply }: TraceableNetwork): TracedCost {
  const weightInputs = specs.map(({ name, shape }): [string, TensorSpec] => [
    weightPrefix + name,
    { shape, dtype: 'float32' },
  ]);
  const graph = trace(
    (args) => {
      const weights: Params = Object.fromEntries(
        specs.map(({ name }) => [name, args.inputs[weightPrefix + name]!]),
      );
      return { outputs: { output: apply(weights, args.inputs) } };
    },
    { inputs: { ...inputs, ...Object.fromEntries(weightInputs) } },
  );
  return {
    params: countParams(specs),
    ...countMacs(graph, (name) => name.startsWith(inputPrefix + weightPrefix)),
    activationBytes: peakActivationBytes(graph),
  };
}

/** Cost of one sample at `config.imageSize`; `contextTokens` is the length of the context of conditional networks. */
export function unetCost(config: UNetConfig, contextTokens = 1): TracedCost {
  const contextDim = config.spatialTransformer?.contextDim;
  const float = (shape: readonly number[]): TensorSpec => ({ shape, dtype: 'float32' });
  return tracedCost({
    specs: unetSpec(config),
    inputs: {
      x: float([1, config.inChannels, config.imageSize, config.imageSize]),
      t: float([1]),
      ...(contextDim === undefined ? {} : { context: float([1, contextTokens, contextDim]) }),
    },
    apply: (weights, { x, t, context }) => unet(weights, config, x!, t!, context && { context }).output,
  });
}

/** What the summary of a teacher or student says of its network. */
export function networkFacts(
  unet: UNetConfig,
  conditioner: ConditionerConfig | undefined,
): Pick<ModelSummary, 'params' | 'macs' | 'attentionMacs' | 'modelChannels' | 'waveletGating'> {
  const { params, macs, attentionMacs } = unetCost(unet, conditioner && idsPerSample(conditioner));
  const { modelChannels, waveletGating } = unet;
  return { params, macs, attentionMacs, modelChannels, waveletGating };
}
