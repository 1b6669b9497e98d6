// spectral_unet.py, which goes along with exported pipelines, beside our own UNet: every setting of wavelet gating, and
// builds that the UNets of diffusers cannot have. Needs Python as pipeline.test.ts does.
import { execa } from 'execa';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { sizeOf, type HostTensor, type HostTensors } from '../../src/engine/engine.ts';
import { onnxEngine } from '../../src/engine/onnx/engine.ts';
import { spectralUnet } from '../../src/export/pipeline/own-networks.ts';
import type { UNetConfig } from '../../src/models/unet/unet-config.ts';
import { unet, unetSpec } from '../../src/models/unet/unet.ts';
import { batchNormal } from '../../src/rng/noise.ts';
import { unetComponent } from '../../src/weights/network-components.ts';
import { readSafetensors, writeSafetensors } from '../../src/weights/safetensors/safetensors.ts';
import { tameParams } from '../support/experiments/random-networks.ts';
import { smallUnet } from '../support/networks/diffusers-cases.ts';
import { folderPerFile } from '../support/temporary-folder.ts';
import { python, whyNoPeers } from './python-peers.ts';

const peers = path.join(import.meta.dirname, 'pipeline_peers.py');
const missing = await whyNoPeers(['torch', 'diffusers']);
const title = missing === undefined ? 'in PyTorch' : `skipped, ${python} has no torch and diffusers`;

const gated: UNetConfig = {
  ...smallUnet,
  ...{ channelMult: [1, 2], numResBlocks: 1, attentionResolutions: [2], normGroups: 8, waveletGating: true },
};
const withContext = { spatialTransformer: { depth: 2, contextDim: 24 } };

const configs: Readonly<Record<string, UNetConfig>> = {
  conv: gated,
  frozen: { ...gated, waveletGates: 'frozen' },
  linear: { ...gated, waveletActivation: 'none' },
  sum: { ...gated, waveletFusion: 'sum' },
  'sum-both': { ...gated, waveletFusion: 'sum-both' },
  'residual-blocks': { ...gated, resblockUpdown: true, useScaleShiftNorm: true, waveletActivation: 'none' },
  'residual-sum-both': { ...gated, resblockUpdown: true, waveletFusion: 'sum-both', channelMult: [1, 1] },
  context: { ...gated, ...withContext },
  'context-residual-blocks': { ...gated, ...withContext, waveletGating: false, resblockUpdown: true },
  'no-middle': { ...gated, middle: 'none' },
  'one-head': { ...gated, waveletGating: false, attentionResolutions: [1, 2] },
};

describe.skipIf(missing !== undefined)(title, () => {
  const at = folderPerFile();

  it('gives what our UNet gives', async () => {
    const jobs = [];
    const ours: Record<string, Float32Array> = {};
    for (const [name, config] of Object.entries(configs)) {
      const folder = at(name);
      const params = tameParams(unetSpec(config), 3);
      const inputs = inputsOf(config);
      await mkdir(folder);
      const read = (param: string) => Promise.resolve(params[param]!.data as Float32Array);
      await spectralUnet(config, { component: unetComponent(config), read }).write(folder);
      await writeSafetensors(path.join(folder, 'inputs.safetensors'), inputs);
      ours[name] = await predict(config, params, inputs);
      jobs.push({ folder, out: path.join(folder, 'out.safetensors') });
    }
    await writeFile(at('jobs.json'), JSON.stringify(jobs));
    await execa(python, [peers, 'unets', at('jobs.json')]);
    for (const { folder, out } of jobs) {
      const name = path.basename(folder);
      const theirs = (await readSafetensors(out)).tensors['out']!.data as Float32Array;
      expect(difference(theirs, ours[name]!), name).toBeLessThan(1e-5);
    }
  });
});

function inputsOf({ spatialTransformer }: UNetConfig): HostTensors {
  const drawn = (name: string, shape: readonly number[]): HostTensor => ({
    shape,
    dtype: 'float32',
    data: batchNormal(5, name, 0, [0], sizeOf(shape)),
  });
  return {
    x: drawn('x', [2, 3, 16, 16]),
    t: { shape: [2], dtype: 'float32', data: Float32Array.of(3, 801) },
    ...(spatialTransformer && { context: drawn('context', [2, 5, 24]) }),
  };
}

async function predict(config: UNetConfig, params: HostTensors, inputs: HostTensors): Promise<Float32Array> {
  const program = await onnxEngine({ threads: 1 }).compile(
    ({ constants, inputs: { x, t, context } }) => ({
      outputs: { out: unet(constants, config, x!, t!, context && { context }).output },
    }),
    { constants: params, inputs },
  );
  const { out } = await program.run(inputs);
  await program.dispose();
  return (out!.data as Float32Array).slice();
}

/** Length of the difference over the length of `b`. */
function difference(a: Float32Array, b: Float32Array): number {
  return Math.hypot(...a.map((value, i) => value - b[i]!)) / Math.hypot(...b);
}
