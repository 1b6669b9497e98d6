// What a UNet costs, without allocating a weight: parameters from its spec, multiply-adds from its traced graph.
import type { TensorSpec } from '../engine/engine.ts';
import { countMacs, type MacCounts } from '../engine/graph/count-macs.ts';
import { inputPrefix, trace } from '../engine/trace/trace.ts';
import { countParams } from '../models/init-params.ts';
import type { UNetConfig } from '../models/unet-config.ts';
import { unet, unetSpec } from '../models/unet.ts';
import type { Params } from '../nn/params.ts';

export interface NetworkCost extends MacCounts {
  readonly params: number;
}

const weightPrefix = 'weight/';

/**
 * Cost of one forward pass of one sample at `config.imageSize`, in the convention of the paper's tables (count-macs.ts).
 * `contextTokens` is the length of the context of conditional networks.
 */
export function unetCost(config: UNetConfig, contextTokens = 1): NetworkCost {
  const specs = unetSpec(config);
  const contextDim = config.spatialTransformer?.contextDim;
  const float = (shape: readonly number[]): TensorSpec => ({ shape, dtype: 'float32' });
  const inputs = {
    x: float([1, config.inChannels, config.imageSize, config.imageSize]),
    t: float([1]),
    ...(contextDim === undefined ? {} : { context: float([1, contextTokens, contextDim]) }),
    ...Object.fromEntries(specs.map(({ name, shape }) => [weightPrefix + name, float(shape)])),
  };
  const graph = trace(
    (args) => {
      const weights: Params = Object.fromEntries(
        specs.map(({ name }) => [name, args.inputs[weightPrefix + name]!]),
      );
      const { x, t, context } = args.inputs;
      return { outputs: { epsilon: unet(weights, config, x!, t!, context && { context }).output } };
    },
    { inputs },
  );
  return {
    params: countParams(specs),
    ...countMacs(graph, (name) => name.startsWith(inputPrefix + weightPrefix)),
  };
}
