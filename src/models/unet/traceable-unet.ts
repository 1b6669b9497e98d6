// The UNet with the tensors that it takes at `config.imageSize`.
import type { TensorSpec } from '../../engine/engine.ts';
import type { TraceableNetwork } from '../traced-network.ts';
import type { UNetConfig } from './unet-config.ts';
import { unet, unetSpec } from './unet.ts';

/**
 * Of `samples` at once: `x` [samples, inChannels, imageSize, imageSize], `t` [samples] and, of conditional networks, `context`
 * [samples, contextTokens, contextDim] -> `output` [samples, outChannels, imageSize, imageSize]; all float32. Throws
 * UserError('usage') for a configuration whose layers do not fit.
 */
export function traceableUnet(config: UNetConfig, contextTokens: number, samples = 1): TraceableNetwork {
  const { inChannels, imageSize, spatialTransformer } = config;
  const contextDim = spatialTransformer?.contextDim;
  const float = (...shape: readonly number[]): TensorSpec => ({ shape, dtype: 'float32' });
  return {
    specs: unetSpec(config),
    inputs: {
      x: float(samples, inChannels, imageSize, imageSize),
      t: float(samples),
      ...(contextDim !== undefined && { context: float(samples, contextTokens, contextDim) }),
    },
    apply: (weights, { x, t, context }) => ({
      output: unet(weights, config, x!, t!, context && { context }).output,
    }),
  };
}
