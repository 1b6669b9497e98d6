// The costs of all networks of a pipeline as estimates of plans ask for them; each network is traced once.
import { alignSpec, tapPairs } from '../../distill/feature-taps.ts';
import { conditionerSpec, contextOf } from '../../models/conditioner/conditioner.ts';
import { idsPerSample } from '../../models/conditioner/conditioner-config.ts';
import type { AutoencoderConfig } from '../../models/autoencoder/autoencoder-config.ts';
import { decodeLatents, encodeImages, firstStageSpec } from '../../models/autoencoder/first-stage.ts';
import { inceptionFeatures } from '../../models/inception/inception.ts';
import { convShape, inceptionConvs } from '../../models/inception/inception-convs.ts';
import { countParams } from '../../models/init-params.ts';
import type { ParamSpec } from '../../nn/params.ts';
import type { CostModel, PassCost } from '../describing/estimate.ts';
import { tracedCost, unetCost } from './traced-cost.ts';

const float = (shape: readonly number[]) => ({ shape, dtype: 'float32' as const });

/** Costs that are computed when they are asked for, and remembered. */
export function tracingCostModel(): CostModel {
  return {
    unet: remembered(unetCost),
    encoder: remembered(encoderCost),
    decoder: remembered(decoderCost),
    conditioner: remembered((config) =>
      tracedCost({
        specs: conditionerSpec(config),
        inputs: { ids: { shape: [1, idsPerSample(config)], dtype: 'int32' } },
        apply: (weights, { ids }) => ({ context: contextOf(weights, config, ids!) }),
      }),
    ),
    extractor: remembered(({ inputSize }) =>
      tracedCost({
        specs: inceptionSpec,
        inputs: { images: float([1, 3, inputSize, inputSize]) },
        apply: (weights, { images }) => ({ features: inceptionFeatures(weights, images!) }),
      }),
    ),
    alignment: remembered((teacher, student, taps) => {
      const pairs = tapPairs(teacher, student, taps);
      const macs = pairs
        .filter(({ align }) => align !== undefined)
        .reduce((sum, { studentChannels, teacherChannels, scale }) => {
          const pixels = (teacher.imageSize / scale) ** 2;
          return sum + (studentChannels + 1) * teacherChannels * pixels; // 1x1, with a bias
        }, 0);
      return { params: countParams(alignSpec(pairs)), macs, attentionMacs: 0 };
    }),
  };
}

/** The cost of one image; parameters are those of the whole autoencoder. */
function encoderCost(network: AutoencoderConfig): PassCost {
  const { inChannels, resolution } = network;
  return tracedCost({
    specs: firstStageSpec(network),
    inputs: { images: float([1, inChannels, resolution, resolution]) },
    apply: (weights, { images }) => ({ mean: encodeImages(weights, network, images!).mean }),
  });
}

function decoderCost(network: AutoencoderConfig): PassCost {
  const side = network.resolution / 2 ** (network.channelMult.length - 1);
  return tracedCost({
    specs: firstStageSpec(network),
    inputs: { latents: float([1, network.embedDim, side, side]) },
    apply: (weights, { latents }) => ({ images: decodeLatents(weights, network, latents!) }),
  });
}

/** Inception-v3 with its batch norms folded. */
const inceptionSpec: readonly ParamSpec[] = inceptionConvs.flatMap((conv) => [
  { name: `${conv.name}.weight`, shape: convShape(conv), init: { kind: 'zeros' } },
  { name: `${conv.name}.bias`, shape: [conv.outC], init: { kind: 'zeros' } },
]);

function remembered<A extends readonly unknown[], R>(compute: (...args: A) => R): (...args: A) => R {
  const known = new Map<string, R>();
  return (...args) => {
    const key = JSON.stringify(args);
    const before = known.get(key);
    if (before !== undefined) return before;
    const result = compute(...args);
    known.set(key, result);
    return result;
  };
}
