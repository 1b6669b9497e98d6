import { describe, expect, it } from 'vitest';
import {
  autoencoderKlSpec,
  decodeKl,
  encodeMoments,
  posterior,
} from '../../src/models/autoencoder/autoencoder-kl.ts';
import { autoencoderVqSpec, decodeVq, encodeVq, quantise } from '../../src/models/autoencoder/autoencoder-vq.ts';
import type { ParamSpec } from '../../src/nn/params.ts';
import {
  expectClose,
  float32,
  get,
  goldenEngines,
  goldenJson,
  goldenTensors,
  goldenWeights,
  specsOf,
} from '../support/golden.ts';
import { autoencoderConfigFromLdm } from '../support/networks/ldm-config.ts';

interface Case {
  ddconfig: Record<string, unknown>;
  embed_dim: number;
  n_embed: number | null;
}

async function load(name: string) {
  const { ddconfig, embed_dim, n_embed } = goldenJson(`${name}/case.json`) as Case;
  return {
    config: { ...autoencoderConfigFromLdm(ddconfig, embed_dim), codes: n_embed ?? 0 },
    io: await goldenTensors(`${name}/io.safetensors`),
    weights: await goldenWeights(name, 'first_stage_model.'),
  };
}

function shapes(list: readonly ParamSpec[]): Record<string, readonly number[]> {
  return Object.fromEntries(list.map(({ name, shape }) => [name, shape]));
}

describe('autoencoder-kl', async () => {
  const { config, io, weights } = await load('autoencoder-kl');

  it('has exactly the parameters of the checkpoint', () => {
    expect(shapes(autoencoderKlSpec(config))).toEqual(
      Object.fromEntries(Object.entries(weights).map(([name, { shape }]) => [name, shape])),
    );
  });

  it.each(goldenEngines())('encodes and decodes on the $name engine', async (engine) => {
    const inputs = { image: float32(get(io, 'image')), z: float32(get(io, 'mean')) };
    const program = await engine.compile(
      ({ inputs, constants }) => {
        const moments = encodeMoments(constants, config, get(inputs, 'image'));
        const { mean, std } = posterior(moments);
        return { outputs: { moments, mean, std, decode: decodeKl(constants, config, get(inputs, 'z')) } };
      },
      { constants: weights, inputs: specsOf(inputs) },
    );
    const outputs = await program.run(inputs);
    for (const name of ['moments', 'mean', 'std', 'decode'])
      expectClose(outputs[name], get(io, name), 1e-4, name);
    await program.dispose();
  });
});

describe('autoencoder-vq', async () => {
  const { config, io, weights } = await load('autoencoder-vq');

  it('has exactly the parameters of the checkpoint', () => {
    expect(shapes(autoencoderVqSpec(config))).toEqual(
      Object.fromEntries(Object.entries(weights).map(([name, { shape }]) => [name, shape])),
    );
  });

  it.each(goldenEngines())('encodes, quantises and decodes on the $name engine', async (engine) => {
    const inputs = { image: float32(get(io, 'image')), z: float32(get(io, 'encode')) };
    const program = await engine.compile(
      ({ inputs, constants }) => ({
        outputs: {
          encode: encodeVq(constants, config, get(inputs, 'image')),
          ...quantise(constants, get(inputs, 'z')),
          decode: decodeVq(constants, config, get(inputs, 'z')),
        },
      }),
      { constants: weights, inputs: specsOf(inputs) },
    );
    const outputs = await program.run(inputs);
    expect(get(outputs, 'indices').dtype).toBe('int32');
    expect([...get(outputs, 'indices').data]).toEqual([...get(io, 'indices').data]);
    expectClose(outputs['encode'], get(io, 'encode'), 1e-4, 'encode');
    expectClose(outputs['quantised'], get(io, 'quantized'), 1e-6, 'quantised');
    expectClose(outputs['decode'], get(io, 'decode'), 1e-4, 'decode');
    await program.dispose();
  });
});
