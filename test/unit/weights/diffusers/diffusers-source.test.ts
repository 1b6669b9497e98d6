// Folders of diffusers, written here and read back: both namings, pipelines, and what is refused.
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  diffusersScaleFactor,
  isDiffusersFolder,
  openDiffusers,
  openNetworkWeights,
  refuseDiffusersDifferences,
} from '../../../../src/weights/diffusers/diffusers-source.ts';
import type { DiffusersNetwork } from '../../../../src/weights/diffusers/names.ts';
import { writeDiffusers } from '../../../../src/weights/diffusers/diffusers-writer.ts';
import { loadParams } from '../../../../src/weights/load-params.ts';
import { readSafetensors, writeSafetensors } from '../../../../src/weights/safetensors/safetensors.ts';
import type { HostTensor, HostTensors } from '../../../../src/engine/engine.ts';
import { clipTextSpec } from '../../../../src/models/clip/clip-text.ts';
import { initParams } from '../../../../src/models/init-params.ts';
import { unetSpec } from '../../../../src/models/unet/unet.ts';
import { uniform } from '../../../../src/rng/noise.ts';
import { diffusersCases, smallUnet } from '../../../support/networks/diffusers-cases.ts';
import { folderPerTest } from '../../../support/temporary-folder.ts';

const network = diffusersCases['unet']!;
const specs = unetSpec(smallUnet);
const draw = (name: string, n: number) => uniform(3, name, 0, 0, n);
const params = initParams(specs, { uniform: draw, normal: draw });
const read = (name: string) => Promise.resolve(params[name]!.data as Float32Array);

/** Shape and digest of each tensor: quick to compare. */
function digests(tensors: HostTensors): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, data }]) => [
      name,
      `[${shape.join()}] ${createHash('sha256').update(data).digest('hex')}`,
    ]),
  );
}

describe('a diffusers folder', () => {
  const temporary = folderPerTest();
  let weights: string;
  beforeEach(async () => {
    weights = temporary('diffusion_pytorch_model.safetensors');
    await writeDiffusers(temporary(), network, read);
  });

  /** Rewrites the tensors of the folder. */
  async function change(edit: (name: string, tensor: HostTensor) => [string, HostTensor][]): Promise<void> {
    const { tensors } = await readSafetensors(weights);
    const edited = Object.entries(tensors).flatMap(([name, tensor]) => edit(name, tensor));
    await writeSafetensors(weights, Object.fromEntries(edited));
  }

  async function readBack(where = temporary()): Promise<Record<string, string>> {
    const { source, report } = await openDiffusers(where, network, { prefix: 'model.diffusion_model.' });
    try {
      refuseDiffusersDifferences(where, report);
      return digests((await loadParams(source, specs, { prefix: 'model.diffusion_model.' })).params);
    } finally {
      await source.close();
    }
  }

  async function reportOf() {
    const { source, report } = await openDiffusers(temporary(), network);
    await source.close();
    return report;
  }

  async function configure(settings: object): Promise<void> {
    const file = temporary('config.json');
    const config = JSON.parse(await readFile(file, 'utf8')) as object;
    await writeFile(file, JSON.stringify({ ...config, ...settings }));
  }

  it('gives the parameters that were written', async () => {
    expect(await isDiffusersFolder(temporary())).toBe(true);
    expect(await readBack()).toEqual(digests(params));
  });

  it('may have the names of old versions, and 1x1 convolutions for linear layers', async () => {
    const old = [
      ['to_q', 'query'],
      ['to_k', 'key'],
      ['to_v', 'value'],
      ['to_out.0', 'proj_attn'],
    ] as const;
    await change((name, tensor) => {
      const [now, before] = old.find(([part]) => name.includes(`.${part}.`)) ?? ['', ''];
      const shape = now !== '' && name.endsWith('weight') ? [...tensor.shape, 1, 1] : tensor.shape;
      return [[name.replace(now, before), { ...tensor, shape }]];
    });
    expect(Object.keys((await readSafetensors(weights)).tensors)).toContain(
      'mid_block.attentions.0.proj_attn.weight',
    );
    expect(await readBack()).toEqual(digests(params));
  });

  it('may be part of a pipeline', async () => {
    const pipeline = temporary('pipeline');
    await writeDiffusers(path.join(pipeline, 'denoiser'), network, read);
    await mkdir(path.join(pipeline, 'vae'));
    await writeFile(path.join(pipeline, 'vae', 'config.json'), '{"_class_name": "VQModel"}');
    await writeFile(
      path.join(pipeline, 'model_index.json'),
      JSON.stringify({
        _class_name: 'LDMPipeline',
        denoiser: ['diffusers', 'UNet2DModel'],
        vae: ['diffusers', 'VQModel'],
      }),
    );
    expect(await readBack(pipeline)).toEqual(digests(params));
  });

  it('is reported with all differences, by its names', async () => {
    await change((name, tensor) => {
      if (name === 'conv_in.bias') return [];
      if (name === 'conv_out.bias') return [[name, { ...tensor, shape: [3, 1, 1] }]]; // no difference
      if (name === 'time_embedding.linear_1.weight') return [[name, { ...tensor, shape: [64, 64] }]];
      return name === 'conv_in.weight'
        ? [
            [name, tensor],
            ['extra.weight', tensor],
          ]
        : [[name, tensor]];
    });
    await configure({ attention_head_dim: 32, act_fn: 'swish', norm_eps: 1e-6 });
    const report = await reportOf();
    expect(report).toEqual({
      missing: ['conv_in.bias'],
      unexpected: ['extra.weight'],
      mismatched: [{ name: 'time_embedding.linear_1.weight', expected: [128, 32], found: [64, 64] }],
      config: ['norm_eps is 0.000001, not 0.00001', 'attention_head_dim is 32, not 16'],
    });
    expect(() => {
      refuseDiffusersDifferences(temporary(), report);
    }).toThrow(/2 settings of config.json \(norm_eps.*; 1 missing \(conv_in.bias\); 1 not in the network/);
  });

  it.each([
    ['no such model', { _class_name: 'UNet1DModel' }, /holds no UNet2DModel or UNet2DConditionModel/],
    ['a model of the other kind', { _class_name: 'UNet2DConditionModel' }, undefined],
  ])('with %s is refused or reported', async (_, settings, message) => {
    await configure(settings);
    if (message) await expect(reportOf()).rejects.toThrow(message);
    else expect((await reportOf()).config[0]).toMatch(/^_class_name is "UNet2DConditionModel"/);
  });

  it('opens like any other weights', async () => {
    const source = await openNetworkWeights(temporary(), network, 'unet.');
    expect(digests((await loadParams(source, specs, { prefix: 'unet.' })).params)).toEqual(digests(params));
    await source.close();
    const file = await openNetworkWeights(weights, network, 'unet.');
    expect([file.form, file.entries.has('conv_in.weight')]).toEqual(['safetensors', true]);
    await file.close();
    await configure({ attention_head_dim: 32 });
    await expect(openNetworkWeights(temporary(), network, '')).rejects.toThrow(
      /attention_head_dim is 32, not 16/,
    );
    await expect(openNetworkWeights(temporary(), undefined, '')).rejects.toThrow(
      /class_embedder.safetensors/,
    );
  });

  it('of an autoencoder tells the scale of latents', async () => {
    await expect(diffusersScaleFactor(temporary())).rejects.toThrow(/holds no AutoencoderKL or VQModel/);
    await configure({ _class_name: 'AutoencoderKL', scaling_factor: 0.18215 });
    expect(await diffusersScaleFactor(temporary())).toBe(0.18215);
  });

  it('may be CLIP as a whole', async () => {
    const text = diffusersCases['text'] as Extract<DiffusersNetwork, { kind: 'text' }>;
    const clip = temporary('clip');
    const textParams = initParams(clipTextSpec(text.config), { uniform: draw, normal: draw });
    await writeDiffusers(clip, text, (name) => Promise.resolve(textParams[name]!.data as Float32Array));
    const file = path.join(clip, 'model.safetensors');
    const { tensors } = await readSafetensors(file);
    const extra: HostTensor = { shape: [1], dtype: 'float32', data: new Float32Array(1) };
    await writeSafetensors(file, {
      ...tensors,
      'vision_model.post_layernorm.bias': extra,
      logit_scale: extra,
    });
    const config = JSON.parse(await readFile(path.join(clip, 'config.json'), 'utf8')) as object;
    const whole = { architectures: ['CLIPModel'], text_config: { ...config, architectures: null } };
    await writeFile(path.join(clip, 'config.json'), JSON.stringify(whole));
    const { source, report } = await openDiffusers(clip, text);
    expect(report).toEqual({ missing: [], unexpected: [], mismatched: [], config: [] });
    const { params: loaded } = await loadParams(source, clipTextSpec(text.config));
    expect(digests(loaded)).toEqual(digests(textParams));
    await source.close();
  });

  it('with a broken config.json is refused', async () => {
    await writeFile(temporary('config.json'), '{');
    await expect(reportOf()).rejects.toThrow(/config.json is not JSON/);
  });

  it('is not any folder', async () => {
    expect(await isDiffusersFolder(temporary('config.json'))).toBe(false);
    await rm(temporary('config.json'));
    expect(await isDiffusersFolder(temporary())).toBe(false);
  });
});
