// `sdx export` of models in the store, and what `sdx import` makes of them again.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../src/weights/safetensors/safetensors.ts';
import { openStore } from '../../src/store/store.ts';
import { loadExperiment } from '../../src/config/load.ts';
import type { HostTensors } from '../../src/engine/engine.ts';
import { networkOf } from '../../src/export/experiment-networks.ts';
import { emaName } from '../../src/weights/ema-name.ts';
import { preparePlan } from '../../src/runner/prepare-plan.ts';
import { modelFiles } from '../../src/stages/networks/model-files.ts';
import { stages } from '../../src/stages/registry.ts';
import { randomParams, writeSmallExperiment } from '../support/experiments/random-networks.ts';
import { sdxInProcess } from '../support/processes/in-process.ts';
import { root } from '../support/root.ts';
import { fakeSummaries } from '../support/stages/fake-stages.ts';

/** Publishes random weights of all networks, as if a run had trained them, and a scale factor of 0.5. */
async function publishModels(experiment: string, dir: string): Promise<Record<string, HostTensors>> {
  const { config } = await loadExperiment(experiment);
  const store = openStore(dir);
  await store.prepare();
  const plan = await preparePlan({ config, store, stages });
  const averaged: Record<string, HostTensors> = {};
  for (const { key, kind, name } of plan.nodes) {
    if (!['autoencoder', 'teacher', 'distill', 'latents'].includes(kind)) continue;
    const lock = await store.lock(key);
    const folder = await store.outputDir(key);
    if (kind !== 'latents') {
      const specs = networkOf(config, name).components.flatMap((component) => component.specs);
      averaged[name] = randomParams(specs, 2);
      await writeSafetensors(path.join(folder, modelFiles.weights), randomParams(specs, 1));
      await writeSafetensors(path.join(folder, modelFiles.ema), averaged[name]);
    }
    const summary = { ...fakeSummaries[kind], ...(kind === 'latents' && { scaleFactor: 0.5 }) };
    await store.publish(key, { kind, name, stageVersion: 1, params: {}, inputs: {}, summary, seconds: 0 });
    await lock.release();
  }
  return averaged;
}

describe('sdx export', () => {
  let folder: string;
  let experiment: string;
  let models: Record<string, HostTensors>;
  const at = (name: string): string => path.join(folder, name);

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
    const session = await ort.InferenceSession.create(at('sd.onnx'), { logSeverityLevel: 3 });
    expect([session.inputNames, session.outputNames]).toEqual([['sample', 'timestep'], ['out_sample']]);
    const { out_sample: output } = await session.run({
      sample: new ort.Tensor('float32', new Float32Array(5 * 2 * 8 * 8).fill(0.5), [5, 2, 8, 8]),
      timestep: new ort.Tensor('float32', new Float32Array(5).fill(9), [5]),
    });
    expect(output!.dims).toEqual([5, 2, 8, 8]);
    await session.release();
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
