// `sdx import` on checkpoints of latent-diffusion's layout, bare files and diffusers folders.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeDiffusers } from '../../src/weights/diffusers/diffusers-writer.ts';
import { readSafetensors, writeSafetensors } from '../../src/weights/safetensors/safetensors.ts';
import { loadExperiment } from '../../src/config/load.ts';
import type { HostTensor, HostTensors } from '../../src/engine/engine.ts';
import { networkOf } from '../../src/export/experiment-networks.ts';
import type { NetworkComponent } from '../../src/weights/network-components.ts';
import { emaName } from '../../src/weights/ema-name.ts';
import { randomParams, writeSmallExperiment } from '../support/experiments/random-networks.ts';
import { sdxInProcess } from '../support/processes/in-process.ts';
import { root } from '../support/root.ts';

const scale: HostTensor = { shape: [], dtype: 'float32', data: Float32Array.of(0.25) };

describe('sdx import', () => {
  let folder: string;
  let experiment: string;
  let unet: NetworkComponent;
  let plain: HostTensors;
  let averaged: HostTensors;
  const at = (name: string): string => path.join(folder, name);

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sdx-import-'));
    experiment = await writeSmallExperiment(folder);
    const { config } = await loadExperiment(experiment);
    unet = networkOf(config, 'teacher').components[0]!;
    const first = networkOf(config, 'autoencoder').components[0]!;
    plain = randomParams(unet.specs, 1);
    averaged = randomParams(unet.specs, 2);
    await writeSafetensors(at('ldm.safetensors'), {
      ...renamed(plain, (name) => unet.prefix + name),
      ...renamed(averaged, (name) => emaName(unet.prefix + name)),
      ...renamed(randomParams(first.specs, 3), (name) => first.prefix + name),
      scale_factor: scale,
    });
    const rest = Object.fromEntries(Object.entries(plain).filter(([name]) => name !== 'out.2.bias'));
    await writeSafetensors(at('wrong.safetensors'), {
      ...renamed(rest, (name) => unet.prefix + name),
      [`${unet.prefix}time_embed.0.weight`]: { shape: [1], dtype: 'float32', data: new Float32Array(1) },
      [`${unet.prefix}label_emb.weight`]: scale,
    });
    await writeDiffusers(at('diffusers'), unet.diffusers!, (name) =>
      Promise.resolve(plain[name]!.data as Float32Array),
    );
    process.chdir(folder);
  });
  afterAll(async () => {
    process.chdir(root);
    await rm(folder, { recursive: true });
  });

  it('writes the averaged weights of a checkpoint under its own names', async () => {
    const { exitCode, stdout, stderr } = await sdxInProcess(
      'import',
      'ldm.safetensors',
      '--for',
      experiment,
      '--output',
      'teacher.safetensors',
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatchInlineSnapshot(`
      "teacher from ldm.safetensors (safetensors)
        parameters    285,090 in 126 tensors
        weights       averaged (EMA)
        scale_factor  0.25
        left aside    246 other tensors of the source
      written to teacher.safetensors"
    `);
    const { tensors } = await readSafetensors(at('teacher.safetensors'));
    expect(same(tensors, { ...renamed(averaged, (name) => unet.prefix + name), scale_factor: scale })).toBe(
      true,
    );
  });

  it('takes diffusers folders, and writes nothing unless asked to', async () => {
    const before = await readdir(folder);
    const { exitCode, stdout } = await sdxInProcess('import', at('diffusers'), '--for', experiment, '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      form: 'diffusers',
      network: 'teacher',
      usedEma: false,
      missing: [],
      unexpected: [],
      mismatched: [],
      settings: [],
      fits: true,
    });
    expect(await readdir(folder)).toEqual(before);
    const output = at('from-diffusers.safetensors');
    await sdxInProcess('import', at('diffusers'), '--for', experiment, '--output', output);
    const { tensors } = await readSafetensors(output);
    expect(
      same(
        tensors,
        renamed(plain, (name) => unet.prefix + name),
      ),
    ).toBe(true);
  });

  it('names every difference and refuses', async () => {
    const { exitCode, stdout, stderr } = await sdxInProcess(
      'import',
      'wrong.safetensors',
      '--for',
      experiment,
      '--output',
      'no.safetensors',
    );
    expect(exitCode).toBe(3);
    expect(stdout).toMatchInlineSnapshot(`
      "teacher from wrong.safetensors (safetensors)
        parameters    285,090 in 126 tensors
        weights       as trained, no average used
        scale_factor  none
        left aside    0 other tensors of the source
      missing: 1
        model.diffusion_model.out.2.bias
      unexpected: 1
        model.diffusion_model.label_emb.weight
      of another shape: 1
        model.diffusion_model.time_embed.0.weight: [1] for [128, 32]"
    `);
    expect(stderr).toContain(
      'wrong.safetensors does not fit the network teacher: 1 missing, 1 unexpected, 1 of another shape',
    );
    expect(await readdir(folder)).not.toContain('no.safetensors');
  });

  it('takes the autoencoder out of the same file', async () => {
    const { exitCode, stdout } = await sdxInProcess(
      'import',
      at('ldm.safetensors'),
      '--for',
      experiment,
      '--network',
      'autoencoder',
      '--json',
    );
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ usedEma: false, scaleFactor: 0.25, fits: true });
  });

  it.each([
    [['--network', 'lite'], 2, 'the experiment has no network lite'],
    [['--ema', 'require', '--network', 'autoencoder'], 3, 'missing'],
    [['--ema', 'sometimes'], 2, 'Allowed choices are prefer, require, never'],
  ])('refuses %j', async (options, code, message) => {
    const { exitCode, stderr } = await sdxInProcess(
      'import',
      at('ldm.safetensors'),
      '--for',
      experiment,
      ...options,
    );
    expect(exitCode).toBe(code);
    expect(stderr).toContain(message);
  });

  it('needs to know the experiment', async () => {
    const { exitCode, stderr } = await sdxInProcess('import', at('ldm.safetensors'));
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--for');
  });
});

function renamed(params: HostTensors, rename: (name: string) => string): HostTensors {
  return Object.fromEntries(Object.entries(params).map(([name, tensor]) => [rename(name), tensor]));
}

/** Names, shapes and bits. */
function same(a: HostTensors, b: HostTensors): boolean {
  const names = Object.keys(a).sort();
  return (
    names.join() === Object.keys(b).sort().join() &&
    names.every(
      (name) =>
        a[name]!.shape.join() === b[name]!.shape.join() &&
        Buffer.compare(Buffer.from(a[name]!.data.buffer), Buffer.from(b[name]!.data.buffer)) === 0,
    )
  );
}
