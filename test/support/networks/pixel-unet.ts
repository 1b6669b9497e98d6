// The smallest network that predicts the noise of images, for tests of stages that sample.
import type { HostTensors } from '../../../src/engine/engine.ts';
import type { UNetConfig } from '../../../src/models/unet/unet-config.ts';
import { unetSpec } from '../../../src/models/unet/unet.ts';
import { randomParams } from '../../../src/stages/training/random-params.ts';
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

/** As training starts, but with no layer at zero, which would hide what is before it. */
export function startedParams(network: UNetConfig): HostTensors {
  const specs = unetSpec(network).map((spec) =>
    spec.init.kind === 'zeros' ? { ...spec, init: { kind: 'normal' as const, std: 0.1 } } : spec,
  );
  return randomParams(specs, 5);
}
