// Small networks that diffusers and transformers have, too, as configurations of ours.
import type { DiffusersNetwork } from '../../../src/weights/diffusers/names.ts';
import type { AutoencoderConfig } from '../../../src/models/autoencoder/autoencoder-config.ts';
import type { UNetConfig } from '../../../src/models/unet/unet-config.ts';
import { plainUnet } from './plain-unet.ts';

export const smallUnet: UNetConfig = {
  ...plainUnet,
  imageSize: 16,
  inChannels: 3,
  outChannels: 3,
  modelChannels: 32,
  attentionResolutions: [2, 4],
  numResBlocks: 2,
  channelMult: [1, 2, 3],
  numHeadChannels: 16,
};
const firstStage: AutoencoderConfig = {
  doubleZ: true,
  zChannels: 4,
  resolution: 32, // diffusers' sample_size of the saved models; only attnResolutions refer to it
  inChannels: 3,
  outChannels: 3,
  channels: 32,
  channelMult: [1, 2, 2],
  numResBlocks: 2,
  attnResolutions: [],
  embedDim: 4,
};

/** The networks of test/integration/diffusers_peers.py, by its names. */
export const diffusersCases: Readonly<Record<string, DiffusersNetwork>> = {
  unet: { kind: 'unet', config: smallUnet },
  'unet-one-level': {
    kind: 'unet',
    config: {
      ...without(smallUnet, 'numHeadChannels'),
      numHeads: 1,
      modelChannels: 64,
      normGroups: 16,
      channelMult: [1],
      numResBlocks: 1,
      attentionResolutions: [],
    },
  },
  'unet-resampling-blocks': {
    kind: 'unet',
    config: {
      ...smallUnet,
      channelMult: [1, 2, 2],
      numResBlocks: 1,
      attentionResolutions: [2],
      numHeadChannels: 32,
      resblockUpdown: true,
      useScaleShiftNorm: true,
    },
  },
  'unet-context': {
    kind: 'unet',
    config: {
      ...without(smallUnet, 'numHeadChannels'),
      channelMult: [1, 2, 2],
      attentionResolutions: [1, 4],
      numHeads: 4,
      normGroups: 8,
      spatialTransformer: { depth: 2, contextDim: 24 },
    },
  },
  kl: { kind: 'autoencoder', config: firstStage },
  vq: {
    kind: 'autoencoder',
    config: { ...firstStage, doubleZ: false, zChannels: 3, embedDim: 3, codes: 32, attnResolutions: [16] },
  },
  text: {
    kind: 'text',
    config: {
      vocabSize: 99,
      positions: 12,
      width: 48,
      heads: 4,
      layers: 3,
      hiddenWidth: 192,
      activation: 'quick_gelu',
    },
  },
};

function without(config: UNetConfig, key: 'numHeadChannels'): UNetConfig {
  return Object.fromEntries(Object.entries(config).filter(([name]) => name !== key)) as unknown as UNetConfig;
}
