// Networks that diffusers and transformers saved, in our engine; and folders that we write, in theirs. Needs Python
// with diffusers, transformers and torch: SDX_PYTHON names the interpreter, SDX_REQUIRE_PEERS=1 makes their absence fail.
import { execa } from 'execa';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DiffusersNetwork } from '../../src/weights/diffusers/names.ts';
import { openDiffusers } from '../../src/weights/diffusers/diffusers-source.ts';
import { writeDiffusers } from '../../src/weights/diffusers/diffusers-writer.ts';
import { loadParams } from '../../src/weights/load-params.ts';
import { readSafetensors, writeSafetensors } from '../../src/weights/safetensors/safetensors.ts';
import type { FunctionArgs, HostTensors, Tensors } from '../../src/engine/engine.ts';
import { onnxEngine } from '../../src/engine/onnx/engine.ts';
import { clipText, clipTextSpec } from '../../src/models/clip/clip-text.ts';
import { decodeLatents, encodeImages, firstStageSpec } from '../../src/models/autoencoder/first-stage.ts';
import { unet, unetSpec } from '../../src/models/unet/unet.ts';
import type { ParamSpec } from '../../src/nn/params.ts';
import { diffusersCases } from '../support/networks/diffusers-cases.ts';
import { python, whyNoPeers } from './python-peers.ts';

const peers = path.join(import.meta.dirname, 'diffusers_peers.py');
const missing = await whyNoPeers(['torch', 'diffusers', 'transformers']);
const title =
  missing === undefined
    ? 'beside diffusers and transformers'
    : `skipped, ${python} has no torch, diffusers and transformers`;

function specsOf(network: DiffusersNetwork): readonly ParamSpec[] {
  if (network.kind === 'unet') return unetSpec(network.config);
  return network.kind === 'text' ? clipTextSpec(network.config) : firstStageSpec(network.config);
}

function forward(network: DiffusersNetwork, { constants, inputs }: FunctionArgs): Tensors {
  const { x, t, context, ids } = inputs;
  if (network.kind === 'text') return { out: clipText(constants, network.config, ids!) };
  if (network.kind === 'unet')
    return { out: unet(constants, network.config, x!, t!, context && { context }).output };
  const z = encodeImages(constants, network.config, x!).mean;
  return { z, out: decodeLatents(constants, network.config, z) };
}

describe.skipIf(missing !== undefined)(title, () => {
  let folder: string;
  let back: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sdx-diffusers-'));
    back = path.join(folder, 'back');
    await execa(python, [peers, 'make', folder]);
  }, 600_000);
  afterAll(() => rm(folder, { recursive: true }));

  it.each(Object.keys(diffusersCases))('%s: our output is theirs', async (name) => {
    const network = diffusersCases[name]!;
    const { params, theirs } = await load(folder, name, network);
    const isOutput = (key: string): boolean => key === 'out' || key === 'z';
    const inputs = Object.fromEntries(Object.entries(theirs).filter(([key]) => !isOutput(key)));
    const program = await onnxEngine({ threads: 1 }).compile(
      (args) => ({ outputs: forward(network, args) }),
      {
        constants: params,
        inputs,
      },
    );
    const outputs = await program.run(inputs);
    await program.dispose();
    for (const [key, tensor] of Object.entries(outputs)) {
      const relative = difference(tensor.data, theirs[key]!.data);
      expect(relative, `${name} ${key}`).toBeLessThan(1e-4);
    }
  });

  it('from_pretrained takes what we write and gives the same numbers', async () => {
    for (const [name, network] of Object.entries(diffusersCases)) {
      const { params, theirs } = await load(folder, name, network);
      await writeDiffusers(path.join(back, name), network, (param) =>
        Promise.resolve(params[param]!.data as Float32Array),
      );
      await writeSafetensors(path.join(back, `${name}.safetensors`), theirs);
    }
    await execa(python, [peers, 'run', back]);
    for (const name of Object.keys(diffusersCases)) {
      const before = (await readSafetensors(path.join(back, `${name}.safetensors`))).tensors;
      const after = (await readSafetensors(path.join(back, `${name}.back.safetensors`))).tensors;
      for (const [key, tensor] of Object.entries(after))
        expect(difference(tensor.data, before[key]!.data), `${name} ${key}`).toBeLessThan(1e-6);
    }
  }, 600_000);
});

async function load(
  folder: string,
  name: string,
  network: DiffusersNetwork,
): Promise<{ params: HostTensors; theirs: HostTensors }> {
  const { source, report } = await openDiffusers(path.join(folder, name), network);
  try {
    expect(report).toEqual({ missing: [], unexpected: [], mismatched: [], config: [] });
    const { params } = await loadParams(source, specsOf(network));
    const theirs = (await readSafetensors(path.join(folder, `${name}.safetensors`))).tensors;
    return { params, theirs };
  } finally {
    await source.close();
  }
}

/** Length of the difference over the length of `b`. */
function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [distance, length] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    distance += (a[i]! - b[i]!) ** 2;
    length += b[i]! ** 2;
  }
  return Math.sqrt(distance / length);
}
