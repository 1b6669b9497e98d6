import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { modelCard } from '../../../../src/export/pipeline/card/model-card.ts';
import { componentsOf, pipelineClassOf } from '../../../../src/export/pipeline/components.ts';
import { pipelineWriter } from '../../../../src/export/pipeline/write-pipeline.ts';
import type { AutoencoderConfig } from '../../../../src/models/autoencoder/autoencoder-config.ts';
import type { ConditioningParams } from '../../../../src/stages/params.ts';
import { variation } from '../../../support/experiments/family.ts';
import { fakeArtifact, wholeModel } from '../../../support/experiments/whole-model.ts';
import { clip } from '../../../support/stages/caption-world.ts';
import { root } from '../../../support/root.ts';
import { folderPerTest } from '../../../support/temporary-folder.ts';

const kl: AutoencoderConfig = {
  ...{ doubleZ: true, zChannels: 3, resolution: 32, inChannels: 3, outChannels: 3 },
  ...{ channels: 32, channelMult: [1, 1], numResBlocks: 1, attnResolutions: [], embedDim: 3 },
};
const vq: AutoencoderConfig = { ...kl, doubleZ: false, codes: 16 };
const classes: ConditioningParams = { network: { kind: 'class', classes: 3, width: 16 }, dropRate: 0.1 };
const words: ConditioningParams = {
  network: { kind: 'text', encoder: clip, emptyCaption: new Array<number>(clip.positions).fill(0) },
  dropRate: 0.1,
};
const byClip: ConditioningParams = {
  ...words,
  textEncoder: {
    kind: 'clip',
    checkpoint: { path: '/clip', ema: 'prefer' },
    vocabulary: '/merges',
    cacheGiB: 0,
  },
};

describe('the class of a pipeline', () => {
  it.each([
    ['pixels', {}, 'DDIMPipeline'],
    ['KL', { network: kl }, 'LDMPipeline'],
    ['VQ', { network: vq }, 'LDMPipeline'],
    ['classes', { conditioning: classes, network: kl }, 'SdxPipeline'],
    ['words', { conditioning: words, network: kl }, 'SdxPipeline'],
    ['CLIP and KL', { conditioning: byClip, network: kl }, 'StableDiffusionPipeline'],
    ['CLIP and VQ', { conditioning: byClip, network: vq }, 'SdxPipeline'],
    ['CLIP on pixels', { conditioning: byClip }, 'SdxPipeline'],
  ])('of %s', (_, params, className) => {
    const model = wholeModel(params);
    expect(pipelineClassOf(model)).toBe(className);
    expect(componentsOf(model).map(({ name }) => name)).toEqual([
      'unet',
      'scheduler',
      ...('network' in params ? [className === 'LDMPipeline' ? 'vqvae' : 'vae'] : []),
      ...('conditioning' in params
        ? params.conditioning === classes
          ? ['class_embedder']
          : ['text_encoder']
        : []),
      ...('conditioning' in params && params.conditioning === byClip ? ['tokenizer'] : []),
    ]);
  });

  it('of a guidance below 1 is ours: StableDiffusionPipeline takes it for none', () => {
    const model = wholeModel({ conditioning: byClip, network: kl });
    const { params } = model.trained;
    const sample = { ...params.sample, guidanceScale: 0.5 };
    expect(pipelineClassOf(wholeModel({ ...params, sample }))).toBe('SdxPipeline');
  });
});

it('is ours for CLIP and KL, too, where the UNet is ours', () => {
  const { unet } = wholeModel().trained.params;
  const model = wholeModel({ conditioning: byClip, network: kl, unet: { ...unet, waveletGating: true } });
  expect(pipelineClassOf(model)).toBe('SdxPipeline');
});

it('has a UNet of ours where diffusers cannot describe it', () => {
  const { unet } = wholeModel().trained.params;
  const heads = { ...unet, channelMult: [1, 2], attentionResolutions: [1, 2], numHeads: 2 };
  expect(componentsOf(wholeModel({ unet: heads }))[0]).toMatchObject({
    library: 'spectral_unet',
    className: 'SpectralUNet',
  });
});

describe('what cannot be expressed', () => {
  const at = folderPerTest();

  it('is refused before anything is written', async () => {
    const model = wholeModel({ network: { ...kl, embedDim: 4 } });
    await expect(
      pipelineWriter(model, { output: at('out'), allowContrib: false, precision: 'float32' }),
    ).rejects.toMatchObject({
      code: 'usage',
      message: /as many latent channels as the encoder gives, here 4 of 3/,
      hint: /--form safetensors/,
    });
    expect(await readdir(at())).toEqual([]);
  });
});

describe('the card', () => {
  it('tells scores with how they were measured, the data and their licence', () => {
    const told = { evaluation: fakeArtifact('evaluate'), dataset: fakeArtifact('dataset') };
    const model = wholeModel({ network: kl }, told);
    const card = modelCard(model, componentsOf(model), []);
    expect(card).toContain('| FID ↓ | 12.5 |');
    expect(card).toContain('| KID ↓ | 0.250 |');
    expect(card).toMatch(/How they were measured: extractor: fake \(weights f0f0f0f0f0f0\); input: 75×75/);
    expect(card).toContain('- licence of the images: Apache-2.0');
    expect(card).toContain('- count: 8');
    expect(card).toContain('| unet | UNet2DModel |');
    expect(card).toContain('| vqvae | AutoencoderKL |');
    expect(card).toContain('- the model: 20 steps in');
    expect(card).toContain('@inproceedings{yang2023diffusion,');
    expect(card).not.toContain('trust_remote_code');
  });

  it('is to be cited as CITATION.cff says', async () => {
    const citation = parse(await readFile(path.join(root, 'CITATION.cff'), 'utf8')) as {
      readonly title: string;
      readonly authors: readonly { readonly name: string }[];
      readonly 'preferred-citation': { readonly title: string; readonly year: number };
    };
    const card = modelCard(wholeModel(), [], []);
    const paper = citation['preferred-citation'];
    expect(card).toContain(`title = {${citation.title}},\n  author = {{${citation.authors[0]!.name}}}`);
    expect(card).toContain(`title = {${paper.title}}`);
    expect(card).toContain(`year = {${paper.year}}`);
  });

  it('says where the experiment samples otherwise', () => {
    const { sample } = wholeModel().trained.params;
    const model = wholeModel({ sample: { ...sample, sampler: 'heun' } });
    expect(modelCard(model, [], [])).toContain('the experiment itself samples by Heun');
    expect(modelCard(wholeModel(), [], [])).not.toContain('the experiment itself');
  });

  it('says what is not known', () => {
    const model = wholeModel();
    const config = variation({ dataset: { kind: 'folder', path: '/images', size: 16 } });
    const mine = { ...model, config };
    const card = modelCard(mine, componentsOf(mine), ['pipeline.py']);
    expect(card).toContain('This model has not been scored.');
    expect(card).toContain('- licence of the images: not known');
    expect(card).toContain('theirs are in `pipeline.py`');
    expect(card).toContain('from_pretrained(folder, trust_remote_code=True)');
  });
});
