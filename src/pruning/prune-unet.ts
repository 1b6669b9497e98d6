// A slim UNet made of the channels of a wide one that matter most (Fang, Ma and Wang 2023, arXiv:2305.10924, section 3).
import { couplingsOf, type Couplings } from '../engine/couplings/couplings.ts';
import { sizeOf, type HostTensor, type HostTensors } from '../engine/engine.ts';
import { standardOps } from '../engine/graph/standard-ops.ts';
import { InvariantError } from '../errors.ts';
import { traceNetwork, weightBehind } from '../models/traced-network.ts';
import { nearestWaves } from '../models/unet/timestep-embedding.ts';
import { traceableUnet } from '../models/unet/traceable-unet.ts';
import type { UNetConfig } from '../models/unet/unet-config.ts';
import { unetSpec } from '../models/unet/unet.ts';
import { keptChannels } from './kept-channels.ts';

/**
 * Of `weights` of the network `whole` the part that `slim` has, the same network with fewer channels. `scores` are of the
 * weights' shapes: how much the loss depends on each weight. The sinusoids of timesteps are no channels to choose from: each
 * of the slim network's takes the weights of the one that is nearest to it.
 */
export function prunedUnet(
  whole: UNetConfig,
  slim: UNetConfig,
  weights: HostTensors,
  scores: HostTensors,
): HostTensors {
  const sums = new Map(unetSpec(whole).map(({ name, shape }) => [name, axisSums(scores[name]!.data, shape)]));
  const waves = nearestWaves(whole.modelChannels, slim.modelChannels);
  const kept = keptChannels(
    unetCouplings(whole),
    (parameter, axis, index) => sums.get(parameter)![axis]![index]!,
    { kept: slim.modelChannels, of: whole.modelChannels, wholeHeads: whole.numHeadChannels !== undefined },
    [{ parameter: 'time_embed.0.weight', axis: 1, indices: waves }],
  );
  return Object.fromEntries(
    unetSpec(slim).map(({ name, shape }) => {
      const found = part(weights[name]!, kept.get(name)!);
      if (found.shape.join() !== shape.join())
        throw new InvariantError(`${name} is pruned to [${found.shape.join()}], not to [${shape.join()}]`);
      return [name, found];
    }),
  );
}

/** Which channels of the network go together: traced for one sample of the least size, for it is so at all sizes. */
export function unetCouplings(config: UNetConfig): Couplings {
  const imageSize = 2 ** (config.channelMult.length - 1);
  const tokens = 2; // an axis of extent 1 vanishes in a trace
  return couplingsOf(
    standardOps(traceNetwork(traceableUnet({ ...config, imageSize }, tokens))),
    weightBehind,
  );
}

/** By axis of channels and index the sum of a parameter's scores. */
function axisSums(scores: HostTensor['data'], shape: readonly number[]): Float64Array[] {
  const [outs, ins = 1] = shape as readonly [number, number?];
  const sums = [new Float64Array(outs), new Float64Array(ins)];
  const inner = scores.length / (outs * ins);
  for (let o = 0; o < outs; o++)
    for (let i = 0; i < ins; i++)
      for (let k = (o * ins + i) * inner; k < (o * ins + i + 1) * inner; k++) {
        sums[0]![o]! += scores[k]!;
        sums[1]![i]! += scores[k]!;
      }
  return sums;
}

/** `tensor` with the kept indices of its first axes alone. */
function part({ shape, data }: HostTensor, kept: readonly (readonly number[])[]): HostTensor {
  const [outs, ins = [0]] = kept as readonly [readonly number[], (readonly number[])?];
  const [, width = 1, ...rest] = shape;
  const inner = sizeOf(rest);
  const slim = new Float32Array(outs.length * ins.length * inner);
  let at = 0;
  for (const o of outs)
    for (const i of ins) {
      const from = (o * width + i) * inner;
      slim.set(data.subarray(from, from + inner), at);
      at += inner;
    }
  return {
    shape: [outs.length, ...(shape.length > 1 ? [ins.length] : []), ...rest],
    dtype: 'float32',
    data: slim,
  };
}
