import { describe, expect, it } from 'vitest';
import { checkUNetConfig } from '../../../../src/models/unet/unet-config.ts';
import { referenceConfig } from '../../../support/networks/published-configs.ts';
import { unetConfigFromLdm } from '../../../support/networks/ldm-config.ts';

describe('checkUNetConfig', () => {
  const config = unetConfigFromLdm(referenceConfig('imagenet256_cin_v2').unet);
  const headless = Object.fromEntries(
    Object.entries(config).filter(([key]) => key !== 'numHeads'),
  ) as unknown as typeof config;

  it.each([
    [{ ...config, modelChannels: 48 }, /modelChannels 48 is not a multiple of 32/],
    [{ ...config, normGroups: 36 }, /modelChannels 192 is not a multiple of 36/],
    [{ ...config, numHeads: 7 }, /cannot be divided into heads by 7/],
    [{ ...config, imageSize: 20 }, /imageSize 20 is not a multiple of 8/],
    [
      { ...config, modelChannels: 35, normGroups: 5, numHeads: 5, waveletGating: true },
      /70 channels cannot be divided into the bands of wavelet gating/,
    ],
    [
      {
        ...config,
        modelChannels: 48,
        normGroups: 16,
        numHeads: 4,
        waveletGating: true,
        waveletFusion: 'sum-both',
      },
      /a quarter of 96 channels, which WG-Up gives, is not a multiple of 16/,
    ],
    [headless, /neither numHeads nor numHeadChannels/],
  ] satisfies [typeof config, RegExp][])('refuses what cannot be built (%#)', (broken, message) => {
    expect(() => {
      checkUNetConfig(broken);
    }).toThrow(message);
  });

  it('takes other groups than latent-diffusion has', () => {
    expect(() => {
      checkUNetConfig({ ...config, modelChannels: 48, normGroups: 16 });
    }).not.toThrow();
  });
});
