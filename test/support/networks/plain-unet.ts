// What the small networks of most tests leave as it is.
import type { UNetConfig } from '../../../src/models/unet/unet-config.ts';

/** LDM's UNet as it comes: without context, and without wavelet gating. */
export const plainUnet = {
  useScaleShiftNorm: false,
  resblockUpdown: false,
  spatialTransformer: undefined,
  legacy: true,
  waveletGating: false,
  waveletFusion: 'conv',
} as const satisfies Partial<UNetConfig>;
