// `sdx export` of models in the store, and what `sdx import` makes of them again.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors } from '../../src/weights/safetensors/safetensors.ts';
import type { HostTensors } from '../../src/engine/engine.ts';
import { emaName } from '../../src/weights/ema-name.ts';
import { publishModels } from '../support/experiments/publish-models.ts';
import { randomParams, writeSmallExperiment } from '../support/experiments/random-networks.ts';
import { sdxInProcess } from '../support/processes/in-process.ts';
import { root } from '../support/root.ts';

describe('sdx export', () => {
  let folder: string;
  let experiment: string;
  let models: Record<string, HostTensors>;
  const at = (...names: string[]): string => path.join(folder, ...names);
  const jsonIn = async (file: string): Promise<unknown> => JSON.parse(await readFile(at(file), 'utf8'));

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sdx-export-'));
    experiment = await writeSmallExperiment(folder);
    models = await publishModels(experiment, at('store'));
    process.chdir(folder);
    process.env['SDX_STORE'] = at('store');
  });
  afterAll(async () => {
    process.chdir(root);
    delete process.env['SDX_STORE'];
    await rm(folder, { recursive: true });
  });

  it('writes averaged weights under the names of latent-diffusion', async () => {
    const { exitCode, stdout, stderr } = await sdxInProcess(
      'export',
      experiment,
      'sd',
      '--output',
      'sd.safetensors',
    );
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: 'sd.safetensors', stderr: '' });
    const { tensors } = await readSafetensors(at('sd.safetensors'));
    const names = Object.keys(models['sd']!).map((name) => `model.diffusion_model.${name}`);
    expect(Object.keys(tensors).sort()).toEqual([...names, 'scale_factor'].sort());
    expect(tensors['scale_factor']!.data[0]).toBe(0.5);
    expect(first(tensors['model.diffusion_model.out.2.weight'])).toEqual(
      first(models['sd']!['out.2.weight']),
    );
  });

  it('writes both sets as a checkpoint does', async () => {
    const options = ['--weights', 'both', '--output', 'both.safetensors', '--json'];
    const { stdout } = await sdxInProcess('export', experiment, 'teacher', ...options);
    expect(JSON.parse(stdout)).toEqual({
      model: 'teacher',
      form: 'safetensors',
      weights: 'both',
      files: ['both.safetensors'],
    });
    const { tensors } = await readSafetensors(at('both.safetensors'));
    const name = 'model.diffusion_model.out.2.weight';
    expect(first(tensors[emaName(name)])).toEqual(first(models['teacher']!['out.2.weight']));
    expect(first(tensors[name])).not.toEqual(first(tensors[emaName(name)]));
  });

  it.each(['teacher', 'autoencoder'])(
    'writes the %s as a diffusers folder, which import takes',
    async (model) => {
      const written = await sdxInProcess(
        'export',
        experiment,
        model,
        '--form',
        'diffusers',
        '--output',
        `${model}-folder`,
      );
      expect(written).toEqual({ exitCode: 0, stdout: `${model}-folder`, stderr: '' });
      const config = JSON.parse(await readFile(at(`${model}-folder/config.json`), 'utf8')) as object;
      expect(config).toMatchObject(
        model === 'teacher'
          ? { _class_name: 'UNet2DModel', attention_head_dim: 32 }
          : { _class_name: 'AutoencoderKL', scaling_factor: 0.5 },
      );
      const options = ['--network', model, '--output', `${model}.safetensors`];
      const imported = await sdxInProcess('import', `${model}-folder`, '--for', experiment, ...options);
      expect(imported).toMatchObject({ exitCode: 0, stderr: '' });
      const { tensors } = await readSafetensors(at(`${model}.safetensors`));
      for (const [name, tensor] of Object.entries(models[model]!)) {
        const prefix = model === 'teacher' ? 'model.diffusion_model.' : 'first_stage_model.';
        expect(first(tensors[prefix + name]), name).toEqual(first(tensor));
      }
    },
  );

  it('writes ONNX that plain ONNX Runtime runs', async () => {
    const { exitCode, stdout } = await sdxInProcess(
      'export',
      experiment,
      'sd',
      '--form',
      'onnx',
      '--output',
      'sd.onnx',
    );
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'sd.onnx' });
    expect((await readFile(at('sd.onnx'))).includes('scale_factor\x12\x030.5')).toBe(true);
    const session = await ort.InferenceSession.create(at('sd.onnx'), { logSeverityLevel: 3 });
    expect([session.inputNames, session.outputNames]).toEqual([['sample', 'timestep'], ['out_sample']]);
    const { out_sample: output } = await session.run({
      sample: new ort.Tensor('float32', new Float32Array(5 * 2 * 8 * 8).fill(0.5), [5, 2, 8, 8]),
      timestep: new ort.Tensor('float32', new Float32Array(5).fill(9), [5]),
    });
    expect(output!.dims).toEqual([5, 2, 8, 8]);
    await session.release();
  });

  it('writes a whole model as a pipeline, whose parts import takes', async () => {
    const options = ['--form', 'pipeline', '--output', 'whole', '--json'];
    const { exitCode, stdout, stderr } = await sdxInProcess('export', experiment, 'teacher', ...options);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      model: 'teacher',
      form: 'pipeline',
      weights: 'ema',
      files: ['whole'],
    });
    expect(await jsonIn('whole/model_index.json')).toEqual({
      _class_name: 'LDMPipeline',
      _diffusers_version: '0.30.0',
      unet: ['diffusers', 'UNet2DModel'],
      scheduler: ['diffusers', 'DDIMScheduler'],
      vqvae: ['diffusers', 'AutoencoderKL'],
    });
    expect(await jsonIn('whole/scheduler/scheduler_config.json')).toMatchObject({
      num_train_timesteps: 1000,
      beta_start: 0.0015,
      beta_end: 0.0195,
      prediction_type: 'epsilon',
      steps_offset: 1,
      set_alpha_to_one: false,
      clip_sample: false,
    });
    expect(await jsonIn('whole/vqvae/config.json')).toMatchObject({ scaling_factor: 0.5 });
    for (const network of ['teacher', 'autoencoder']) {
      const output = `${network}-of-whole.safetensors`;
      const asked = ['--for', experiment, '--network', network, '--output', output];
      expect(await sdxInProcess('import', 'whole', ...asked)).toMatchObject({ exitCode: 0, stderr: '' });
      const { tensors } = await readSafetensors(at(output));
      for (const [name, tensor] of Object.entries(models[network]!)) {
        const prefix = network === 'teacher' ? 'model.diffusion_model.' : 'first_stage_model.';
        expect(first(tensors[prefix + name]), name).toEqual(first(tensor));
      }
    }
  });

  it('writes what diffusers have no class for with its code, and the weights that are sampled with', async () => {
    const conditional = await writeSmallExperiment(folder, 'class');
    await publishModels(conditional, at('store'));
    const options = ['--form', 'pipeline', '--output', 'own', '--json'];
    const { stdout } = await sdxInProcess('export', conditional, 'sd', 'sample.useEma=false', ...options);
    expect(JSON.parse(stdout)).toMatchObject({ weights: 'raw', files: ['own'] });
    expect(await jsonIn('own/model_index.json')).toMatchObject({
      _class_name: ['pipeline', 'SdxPipeline'],
      unet: ['spectral_unet', 'SpectralUNet'],
      class_embedder: ['class_embedder', 'ClassEmbedder'],
      vae: ['diffusers', 'AutoencoderKL'],
      num_inference_steps: 200,
    });
    for (const file of ['pipeline.py', 'unet/spectral_unet.py', 'class_embedder/class_embedder.py'])
      expect(await readFile(at(`own/${file}`), 'utf8')).toBe(
        await readFile(path.join(root, 'src/export/pipeline/python', path.basename(file)), 'utf8'),
      );
    const { tensors } = await readSafetensors(at('own/unet/diffusion_pytorch_model.safetensors'));
    expect(first(tensors['out.2.weight'])).toEqual(
      first(
        randomParams([{ name: 'out.2.weight', shape: [2, 32, 3, 3], init: { kind: 'ones' } }], 1)[
          'out.2.weight'
        ],
      ),
    );
    const card = await readFile(at('own/README.md'), 'utf8');
    expect(card).toMatch(/^---\nlibrary_name: diffusers\npipeline_tag: unconditional-image-generation\n/);
    expect(card).toContain('A wavelet-gated student, trained without the features of its teacher: ');
    expect(card).toContain('`unet/spectral_unet.py`');
    expect(card).toContain('This model has not been scored.');
  });

  it('writes a whole model for ONNX runtimes, which says what it is', async () => {
    const conditional = await writeSmallExperiment(folder, 'class');
    await publishModels(conditional, at('store'));
    const options = ['--form', 'onnx', '--precision', 'float16', '--output', 'sd-onnx', '--json'];
    const { exitCode, stdout, stderr } = await sdxInProcess('export', conditional, 'sd', ...options);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({ model: 'sd', form: 'onnx', weights: 'ema', files: ['sd-onnx'] });
    const files = ['class_embedder.onnx', 'decoder.onnx', 'step.onnx', 'unet.onnx'];
    expect((await readdir(at('sd-onnx'))).sort()).toEqual([...files, 'model.json', 'unet.data'].sort());
    const told = JSON.parse(await readFile(at('sd-onnx/model.json'), 'utf8')) as { betas: number[] };
    expect(told).toMatchObject({
      ...{ model: 'sd', weights: 'ema', precision: 'float16', prediction_type: 'epsilon' },
      ...{ scale_factor: 0.5, latent_shape: [2, 8, 8], image_size: 16, steps: 200, eta: 0 },
      conditions: { kind: 'class', classes: 3, unconditional_ids: [3] },
    });
    expect(told.betas.length).toBe(1000);
    expect(told.betas[0]).toBeCloseTo(0.0015, 12);
    for (const file of files) {
      const bytes = (await readFile(at('sd-onnx', file))).toString('latin1');
      for (const text of [
        JSON.stringify(told.betas),
        'prediction_type\x12\x07epsilon',
        'scale_factor\x12\x030.5',
      ])
        expect(bytes.includes(text), `${file}: ${text.slice(0, 30)}`).toBe(true);
    }
  });

  it.each([
    ['class', 'cond_stage_model.embedding.weight'],
    ['text', 'cond_stage_model.transformer.text_model.encoder.layers.0.mlp.fc1.weight'],
  ] as const)('carries the embedder of %s conditions along', async (conditioning, name) => {
    const conditional = await writeSmallExperiment(folder, conditioning);
    const ours = await publishModels(conditional, at('store'));
    await sdxInProcess('export', conditional, 'teacher', '--form', 'diffusers', '--output', conditioning);
    const output = `${conditioning}.safetensors`;
    const imported = await sdxInProcess('import', conditioning, '--for', conditional, '--output', output);
    expect(imported).toMatchObject({ exitCode: 0, stderr: '' });
    const { tensors } = await readSafetensors(at(output));
    expect(first(tensors[name])).toEqual(first(ours['teacher']![name]));
    expect(Object.keys(tensors).length).toBe(Object.keys(ours['teacher']!).length);
  });

  it.each([
    [['sd', '--form', 'diffusers'], 2, /no block with wavelet gating\n.*safetensors and ONNX/],
    [['teacher', '--form', 'onnx', '--weights', 'both'], 2, /onnx holds one set of weights/],
    [['autoencoder', '--form', 'onnx'], 2, /autoencoder is no UNet/],
    [['autoencoder', '--form', 'pipeline'], 2, /autoencoder makes no images.*\n.*name teacher or a student/],
    [['teacher', '--form', 'pipeline', '--weights', 'both'], 2, /pipeline holds one set of weights/],
    [['teacher', '--form', 'pipeline', 'autoencoder.zChannels=3'], 3, /not trained or loaded yet/],
    [['teacher', '--precision', 'float16'], 2, /safetensors stores weights as float32\n.*--form onnx/],
    [['lite'], 2, /the experiment has no network lite/],
    [['teacher', 'seed=7'], 3, /not trained or loaded yet\n.*sdx run/],
  ])('refuses %j', async (args, code, message) => {
    const { exitCode, stdout, stderr } = await sdxInProcess(
      'export',
      experiment,
      ...args,
      '--output',
      'refused',
    );
    expect({ exitCode, stdout }).toEqual({ exitCode: code, stdout: '' });
    expect(stderr).toMatch(message);
    await expect(readFile(at('refused'))).rejects.toThrow(/ENOENT/);
  });
});

/** The beginning of a tensor: enough to tell it from others. */
function first(tensor: HostTensors[string] | undefined): unknown {
  return tensor && { shape: tensor.shape, numbers: [...tensor.data.subarray(0, 8)] };
}
