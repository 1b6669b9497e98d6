// Networks that diffusers and transformers saved, in our engine; and folders that we write, in theirs. Needs Python
// with diffusers, transformers and torch: SDX_PYTHON names the interpreter, SDX_REQUIRE_PEERS=1 makes their absence fail.
import { execa } from 'execa';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DiffusersNetwork } from '../../src/artifacts/diffusers-names.ts';
import { openDiffusers } from '../../src/artifacts/diffusers-source.ts';
import { writeDiffusers } from '../../src/artifacts/diffusers-writer.ts';
import { loadParams } from '../../src/artifacts/load-params.ts';
import { readSafetensors } from '../../src/artifacts/safetensors.ts';
import type { FunctionArgs, HostTensors, Tensors } from '../../src/engine/engine.ts';
import { onnxEngine } from '../../src/engine/onnx/engine.ts';
import type { AutoencoderConfig } from '../../src/models/autoencoder-config.ts';
import { clipText, clipTextSpec } from '../../src/models/clip-text.ts';
import { decodeLatents, encodeImages, firstStageSpec } from '../../src/models/first-stage.ts';
import type { UNetConfig } from '../../src/models/unet-config.ts';
import { unet, unetSpec } from '../../src/models/unet.ts';
import type { ParamSpec } from '../../src/nn/params.ts';

const python = process.env['SDX_PYTHON'] ?? 'python3';
const peers = fileURLToPath(new URL('diffusers_peers.py', import.meta.url));
const missing = await execa(python, ['-c', 'import diffusers, transformers, torch'], { reject: false }).then(
  ({ exitCode, stderr }) => (exitCode === 0 ? undefined : (stderr?.split('\n').at(-1) ?? `no ${python}`)),
);
const required = process.env['SDX_REQUIRE_PEERS'] === '1';

const unetBase: UNetConfig = {
  imageSize: 16,
  inChannels: 3,
  outChannels: 3,
  modelChannels: 32,
  attentionResolutions: [2, 4],
  numResBlocks: 2,
  channelMult: [1, 2, 3],
  numHeadChannels: 16,
  useScaleShiftNorm: false,
  resblockUpdown: false,
  spatialTransformer: undefined,
  legacy: true,
  waveletGating: false,
  waveletFusion: 'conv',
};
const firstStage: AutoencoderConfig = {
  doubleZ: true,
  zChannels: 4,
  resolution: 32, // diffusers' sample_size of the saved models; only attnResolutions refer to it
  inChannels: 3,
  outChannels: 3,
  channels: 32,
  channelMult: [1, 2, 2],
  numResBlocks: 2,
  attnResolutions: [],
  embedDim: 4,
};

/** The networks of diffusers_peers.py. */
const networks: Readonly<Record<string, DiffusersNetwork>> = {
  unet: { kind: 'unet', config: unetBase },
  'unet-one-level': {
    kind: 'unet',
    config: {
      ...without(unetBase, 'numHeadChannels'),
      numHeads: 1,
      modelChannels: 64,
      channelMult: [1],
      numResBlocks: 1,
      attentionResolutions: [],
    },
  },
  'unet-resampling-blocks': {
    kind: 'unet',
    config: {
      ...unetBase,
      channelMult: [1, 2, 2],
      numResBlocks: 1,
      attentionResolutions: [2],
      numHeadChannels: 32,
      resblockUpdown: true,
      useScaleShiftNorm: true,
    },
  },
  'unet-context': {
    kind: 'unet',
    config: {
      ...without(unetBase, 'numHeadChannels'),
      channelMult: [1, 2, 2],
      attentionResolutions: [1, 4],
      numHeads: 4,
      spatialTransformer: { depth: 2, contextDim: 24 },
    },
  },
  kl: { kind: 'autoencoder', config: firstStage },
  vq: {
    kind: 'autoencoder',
    config: { ...firstStage, doubleZ: false, zChannels: 3, embedDim: 3, codes: 32, attnResolutions: [16] },
  },
  text: {
    kind: 'text',
    config: { vocabSize: 99, positions: 12, width: 48, heads: 4, layers: 3, hiddenWidth: 192, activation: 'quick_gelu' },
  },
};

function without(config: UNetConfig, key: 'numHeadChannels'): UNetConfig {
  return Object.fromEntries(Object.entries(config).filter(([name]) => name !== key)) as unknown as UNetConfig;
}

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

it.runIf(required)('the peers are installed', () => {
  expect(missing).toBeUndefined();
});

describe.skipIf(missing !== undefined)(`diffusers and transformers${missing === undefined ? '' : ` (${missing})`}`, () => {
  let folder: string;
  let back: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sdx-diffusers-'));
    back = path.join(folder, 'back');
    await execa(python, [peers, 'make', folder]);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each(Object.keys(networks))('%s: our output is theirs', async (name) => {
    const network = networks[name]!;
    const { params, theirs } = await load(folder, name, network);
    const isOutput = (key: string): boolean => key === 'out' || key === 'z';
    const inputs = Object.fromEntries(Object.entries(theirs).filter(([key]) => !isOutput(key)));
    const program = await onnxEngine({ threads: 1 }).compile((args) => ({ outputs: forward(network, args) }), {
      constants: params,
      inputs,
    });
    const outputs = await program.run(inputs);
    await program.dispose();
    for (const [key, tensor] of Object.entries(outputs)) {
      const relative = difference(tensor.data, theirs[key]!.data);
      if (process.env['SDX_SHOW'] === '1') console.log(`${name} ${key}: ${relative.toExponential(1)}`);
      expect(relative, `${name} ${key}`).toBeLessThan(1e-4);
    }
  });

  it('from_pretrained takes what we write and gives the same numbers', async () => {
    for (const [name, network] of Object.entries(networks)) {
      const { params, theirs } = await load(folder, name, network);
      await writeDiffusers(path.join(back, name), network, (param) =>
        Promise.resolve(params[param]!.data as Float32Array),
      );
      const { writeSafetensors } = await import('../../src/artifacts/safetensors.ts');
      await writeSafetensors(path.join(back, `${name}.safetensors`), theirs);
    }
    await execa(python, [peers, 'run', back]);
    for (const name of Object.keys(networks)) {
      const before = (await readSafetensors(path.join(back, `${name}.safetensors`))).tensors;
      const after = (await readSafetensors(path.join(back, `${name}.back.safetensors`))).tensors;
      for (const [key, tensor] of Object.entries(after))
        expect(difference(tensor.data, before[key]!.data), `${name} ${key}`).toBeLessThan(1e-6);
    }
  });
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
