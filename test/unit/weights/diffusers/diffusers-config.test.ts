import { describe, expect, it } from 'vitest';
import { configDifferences, diffusersConfig } from '../../../../src/weights/diffusers/diffusers-config.ts';
import type { DiffusersNetwork } from '../../../../src/weights/diffusers/names.ts';
import { networksOf } from '../../../../src/config/networks.ts';
import { loadExperiment } from '../../../../src/config/load.ts';
import { diffusersCases, smallUnet } from '../../../support/networks/diffusers-cases.ts';

async function teacherOf(name: string): Promise<DiffusersNetwork> {
  const { config } = await loadExperiment(`experiments/${name}.yaml`);
  return { kind: 'unet', config: networksOf(config).teacher };
}

describe('config.json', () => {
  it('of the FFHQ teacher is that of the published pipelines', async () => {
    expect(diffusersConfig(await teacherOf('ffhq'))).toMatchObject({
      _class_name: 'UNet2DModel',
      sample_size: 64,
      block_out_channels: [224, 448, 672, 896],
      layers_per_block: 2,
      attention_head_dim: 32,
      down_block_types: ['DownBlock2D', 'AttnDownBlock2D', 'AttnDownBlock2D', 'AttnDownBlock2D'],
      up_block_types: ['AttnUpBlock2D', 'AttnUpBlock2D', 'AttnUpBlock2D', 'UpBlock2D'],
    });
  });

  it('of the text-to-image teacher has heads by level', async () => {
    expect(diffusersConfig(await teacherOf('laion-coco'))).toMatchObject({
      _class_name: 'UNet2DConditionModel',
      attention_head_dim: [8, 8, 8, 8],
      cross_attention_dim: 768,
      down_block_types: [
        'CrossAttnDownBlock2D',
        'CrossAttnDownBlock2D',
        'CrossAttnDownBlock2D',
        'DownBlock2D',
      ],
    });
  });

  it('of Church cannot be: its heads differ in width', async () => {
    const church = await teacherOf('lsun-church');
    expect(() => diffusersConfig(church)).toThrow(/heads of one width for all levels.*24 and 48 and 96/);
  });

  it.each([
    ['wavelet gating', { ...smallUnet, waveletGating: true }, /no block with wavelet gating/],
    [
      'context and resampling blocks',
      { ...smallUnet, resblockUpdown: true, spatialTransformer: { depth: 1, contextDim: 8 } },
      /no block with both/,
    ],
    [
      'transformers without context',
      { ...smallUnet, spatialTransformer: { depth: 1, contextDim: undefined } },
      /without context/,
    ],
  ])('cannot say %s', (_, config, message) => {
    expect(() => diffusersConfig({ kind: 'unet', config })).toThrow(message);
  });

  it('cannot say latents of another width than the encoder gives', () => {
    const kl = diffusersCases['kl'] as Extract<DiffusersNetwork, { kind: 'autoencoder' }>;
    expect(() => diffusersConfig({ ...kl, config: { ...kl.config, embedDim: 3 } })).toThrow(/here 3 of 4/);
  });
});

describe('another spelling of the same', () => {
  const context = diffusersCases['unet-context']!;
  it.each([
    [context, { attention_head_dim: 4 }],
    [context, { attention_head_dim: [4, 4, 4], cross_attention_dim: [24, 24, 24] }],
    [context, { use_linear_projection: true, act_fn: 'swish', norm_eps: 0.00001 }],
    [diffusersCases['unet']!, { attn_norm_num_groups: 32 }],
    [diffusersCases['unet-one-level']!, { attention_head_dim: 64 }],
    [diffusersCases['unet-one-level']!, { attention_head_dim: null }],
    [diffusersCases['vq']!, { vq_embed_dim: null }],
  ])('is no difference (%#)', (network, settings) => {
    expect(configDifferences({ ...diffusersConfig(network), ...settings }, network)).toEqual([]);
  });

  it.each([
    [context, { attention_head_dim: 8 }],
    [context, { attention_head_dim: [4, 4, 8] }],
    [context, { flip_sin_to_cos: false }],
    [diffusersCases['unet-resampling-blocks']!, { attn_norm_num_groups: null }],
    [diffusersCases['unet-resampling-blocks']!, { resnet_time_scale_shift: 'default' }],
    [diffusersCases['text']!, { hidden_act: 'gelu' }],
    [diffusersCases['vq']!, { lookup_from_codebook: true }],
  ])('hides no difference (%#)', (network, settings) => {
    const differences = configDifferences({ ...diffusersConfig(network), ...settings }, network);
    expect(differences).toHaveLength(1);
    expect(differences[0]).toContain(Object.keys(settings)[0]);
  });
});
