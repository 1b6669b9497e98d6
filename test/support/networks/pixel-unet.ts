// The smallest network that predicts the noise of images, for tests of stages that sample.
import type { UNetConfig } from '../../../src/models/unet/unet-config.ts';
import { plainUnet } from './plain-unet.ts';

/** Of images [3, 4, 4], without attention. */
export const pixelUnet: UNetConfig = {
  ...plainUnet,
  imageSize: 4,
  inChannels: 3,
  outChannels: 3,
  modelChannels: 32,
  attentionResolutions: [],
  numHeads: 1,
  numResBlocks: 1,
  channelMult: [1, 1],
};
