import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { HostTensors } from '../../src/engine/engine.ts';
import { unet, unetSpec } from '../../src/models/unet/unet.ts';
import {
  expectClose,
  fastGoldenEngines,
  float32,
  get,
  goldenEngines,
  goldenJson,
  goldenTensors,
  goldenWeights,
  int32,
  specsOf,
  valueAndGradients,
} from '../support/golden.ts';
import { unetConfigFromLdm } from '../support/networks/ldm-config.ts';

const cases = [
  { name: 'unet-uncond', prefix: 'model.diffusion_model.', waveletGating: false },
  { name: 'unet-church', prefix: 'model.diffusion_model.', waveletGating: false },
  { name: 'unet-class', prefix: 'model.diffusion_model.', waveletGating: false },
  { name: 'unet-text', prefix: 'model.diffusion_model.', waveletGating: false },
  { name: 'unet-wg', prefix: '', waveletGating: true },
  { name: 'unet-wg-church', prefix: '', waveletGating: true },
];

/** The golden gradient norms are either below 3e-8 or above 2e-3. */
const zeroGradient = 1e-6;

describe.each(cases)('$name', async ({ name, prefix, waveletGating }) => {
  const { params: ldm, n_params } = goldenJson(`${name}/case.json`) as {
    params: Record<string, unknown>;
    n_params: number;
  };
  const config = unetConfigFromLdm(ldm, { waveletGating });
  const io = await goldenTensors(`${name}/io.safetensors`);
  const weights = await goldenWeights(name, prefix);

  it('has exactly the parameters of the checkpoint', () => {
    const specs = unetSpec(config);
    expect(Object.fromEntries(specs.map(({ name, shape }) => [name, shape]))).toEqual(
      Object.fromEntries(Object.entries(weights).map(([name, { shape }]) => [name, shape])),
    );
    expect(Object.values(weights).reduce((sum, { data }) => sum + data.length, 0)).toBe(n_params);
  });

  const data: HostTensors = {
    x: float32(get(io, 'xt')),
    t: int32(get(io, 't')),
    eps: float32(get(io, 'eps')),
    ...(io['context'] && { context: float32(io['context']) }),
  };

  it.each(goldenEngines())('output and loss on the $name engine', async (engine) => {
    const program = await engine.compile(
      ({ inputs: { x, t, eps, context }, constants }) => {
        const out = unet(constants, config, x!, t!, context && { context }).output;
        return { outputs: { out, loss: tf.mean(tf.squaredDifference(out, eps!)) } };
      },
      { constants: weights, inputs: specsOf(data) },
    );
    const outputs = await program.run(data);
    expectClose(outputs['out'], get(io, 'out'), 1e-4, 'out');
    expectClose(get(outputs, 'loss').data, get(io, 'loss'), 1e-5, 'loss');
    await program.dispose();
  });

  // The reference engine takes 10 to 120 s a case; test/conformance holds its gradients kernel by kernel.
  it.each(fastGoldenEngines())('gradients on the $name engine', async (engine) => {
    const inputs: HostTensors = { ...data, ...weights };
    const program = await engine.compile(
      ({ inputs: { x, t, eps, context, ...params } }) => {
        const { value, gradients } = valueAndGradients((p) => {
          const { output } = unet(p, config, x!, t!, context && { context });
          return tf.mean(tf.squaredDifference(output, eps!));
        }, params);
        return { outputs: { loss: value, ...prefixed('grad.', gradients) } };
      },
      { inputs: specsOf(inputs) },
    );
    const outputs = await program.run(inputs);
    expectClose(get(outputs, 'loss').data, get(io, 'loss'), 1e-5, 'loss');
    const norms = Object.entries(io).filter(([key]) => key.startsWith('grad_norm.'));
    expect(norms).toHaveLength(Object.keys(weights).length);
    for (const [key, expected] of norms) {
      const norm = Math.hypot(...get(outputs, key.replace('grad_norm.', 'grad.')).data);
      // A bias before a norm with one channel per group has gradient 0; both sides then hold rounding noise.
      if (Number(expected.data[0]) < zeroGradient) expect(norm, key).toBeLessThan(zeroGradient);
      else expectClose([norm], expected, 1e-4, key);
    }
    for (const [key, expected] of Object.entries(io))
      if (key.startsWith('grad.')) expectClose(outputs[key], expected, 1e-4, key);
    await program.dispose();
  });
});

function prefixed<T>(prefix: string, record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [prefix + name, value]));
}
