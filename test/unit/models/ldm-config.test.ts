// The reader of public configurations that other tests stand on: it reads every field, and refuses what it would drop.
import { describe, expect, it } from 'vitest';
import { autoencoderConfigFromLdm, unetConfigFromLdm } from '../../support/networks/ldm-config.ts';
import { referenceConfig } from '../../support/networks/published-configs.ts';

describe('unetConfigFromLdm', () => {
  const ldm = referenceConfig('imagenet256_cin_v2').unet;

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
    [{ model_chanels: 64 }, /model_chanels/],
    [{ use_new_attention_order: true }, /use_new_attention_order/],
    [{ num_classes: 1000 }, /num_classes/],
    [{ model_channels: 'many' }, /model_channels/],
    [{ attention_resolutions: 8 }, /attention_resolutions/],
    [{ resblock_updown: 1 }, /resblock_updown/],
  ])('refuses %j', (change, message) => {
    expect(() => unetConfigFromLdm({ ...ldm, ...change })).toThrow(message);
  });

  it('reads -1 and null as "not given" and ignores training-only parameters', () => {
    const padded = { ...ldm, num_head_channels: -1, n_embed: null, use_checkpoint: true, dropout: 0.1 };
    expect(unetConfigFromLdm(padded)).toEqual(unetConfigFromLdm(ldm));
  });
});

describe('autoencoderConfigFromLdm', () => {
  const { ddconfig } = referenceConfig('ffhq256').first_stage;

  it.each([
    [{ chanels: 3 }, /chanels/],
    [{ ch: 0 }, /ch:/],
    [{ ch_mult: 'all' }, /ch_mult/],
  ])('refuses %j', (change, message) => {
    expect(() => autoencoderConfigFromLdm({ ...ddconfig, ...change }, 3)).toThrow(message);
  });
});
