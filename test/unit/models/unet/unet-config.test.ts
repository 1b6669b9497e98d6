import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../src/errors.ts';
import { checkUNetConfig, unetConfigFromLdm } from '../../../../src/models/unet/unet-config.ts';
import { referenceConfig } from '../../../support/networks/reference.ts';

const ldm = referenceConfig('imagenet256_cin_v2').unet;

describe('unetConfigFromLdm', () => {
  it('reads every field', () => {
    expect(unetConfigFromLdm(ldm, { waveletGating: true })).toEqual({
      imageSize: 64,
      inChannels: 3,
      outChannels: 3,
      modelChannels: 192,
      attentionResolutions: [8, 4, 2],
      numResBlocks: 2,
      channelMult: [1, 2, 3, 5],
      numHeads: 1,
      useScaleShiftNorm: false,
      resblockUpdown: false,
      spatialTransformer: { depth: 1, contextDim: 512 },
      legacy: true,
      waveletGating: true,
      waveletFusion: 'conv',
    });
  });

  it.each([
    [{ model_chanels: 64 }, /model_chanels.*not a parameter/],
    [{ use_new_attention_order: true }, /use_new_attention_order.*only false/],
    [{ num_classes: 1000 }, /num_classes.*only null/],
    [{ model_channels: 'many' }, /model_channels.*positive integer/],
    [{ attention_resolutions: 8 }, /attention_resolutions.*list/],
    [{ resblock_updown: 1 }, /resblock_updown.*true or false/],
  ])('refuses %j', (change, message) => {
    expect(() => unetConfigFromLdm({ ...ldm, ...change })).toThrow(message);
    expect(() => unetConfigFromLdm({ ...ldm, ...change })).toThrow(UserError);
  });

  it('reads -1 and null as "not given" and ignores training-only parameters', () => {
    const padded = { ...ldm, num_head_channels: -1, n_embed: null, use_checkpoint: true, dropout: 0.1 };
    expect(unetConfigFromLdm(padded)).toEqual(unetConfigFromLdm(ldm));
  });
});

describe('checkUNetConfig', () => {
  const config = unetConfigFromLdm(ldm);
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
    [headless, /neither numHeads nor numHeadChannels/],
  ])('refuses what cannot be built (%#)', (broken, message) => {
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
