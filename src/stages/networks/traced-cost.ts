// What networks cost, without allocating a weight: parameters from their specs, multiply-adds from their traced graphs.
import { peakActivationBytes } from '../../engine/graph/count-activations.ts';
import { countMacs, type MacCounts } from '../../engine/graph/count-macs.ts';
import { countParams } from '../../models/init-params.ts';
import { idsPerSample, type ConditionerConfig } from '../../models/conditioner/conditioner-config.ts';
import { traceNetwork, weightBehind, type TraceableNetwork } from '../../models/traced-network.ts';
import { traceableUnet } from '../../models/unet/traceable-unet.ts';
import type { UNetConfig } from '../../models/unet/unet-config.ts';
import type { ModelSummary } from '../training/summary.ts';

export interface TracedCost extends MacCounts {
  readonly params: number;
  /** Peak memory of one forward pass besides weights and inputs (count-activations.ts). */
  readonly activationBytes: number;
}

/** Cost of one run on inputs of these shapes, in the convention of the paper's tables (count-macs.ts). */
export function tracedCost(network: TraceableNetwork): TracedCost {
  const graph = traceNetwork(network);
  return {
    params: countParams(network.specs),
    ...countMacs(graph, (name) => weightBehind(name) !== undefined),
    activationBytes: peakActivationBytes(graph),
  };
}

/** Cost of one sample at `config.imageSize`; `contextTokens` is the length of the context of conditional networks. */
export function unetCost(config: UNetConfig, contextTokens = 1): TracedCost {
  return tracedCost(traceableUnet(config, contextTokens));
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
