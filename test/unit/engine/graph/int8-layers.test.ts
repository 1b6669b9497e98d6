// Convolutions on integers against the same arithmetic written out, number by number.
import type * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { referenceEngine } from '../../../../src/engine/eager.ts';
import type { HostTensor, HostTensors, Signature } from '../../../../src/engine/engine.ts';
import {
  convolutionsOf,
  layerBehind,
  onIntegers,
  quantizedBytes,
  quantizedFilter,
} from '../../../../src/engine/graph/int8-layers.ts';
import type { Int8Layer } from '../../../../src/engine/layer-treatment.ts';
import { onnxEngine } from '../../../../src/engine/onnx/engine.ts';
import { trace } from '../../../../src/engine/trace/trace.ts';
import { conv2d } from '../../../../src/nn/conv.ts';
import type { Params } from '../../../../src/nn/params.ts';
import { normal } from '../../../../src/rng/noise.ts';

const [channels, outputs, side, stride] = [5, 7, 6, 2];

function drawn(name: string, shape: readonly number[], scale = 1): HostTensor {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return {
    shape,
    dtype: 'float32',
    data: Float32Array.from(normal(1, name, 0, 0, size), (z) => scale * z),
  };
}

const weights: HostTensors = {
  'a.weight': drawn('filter', [outputs, channels, 3, 3], 0.2),
  'a.bias': drawn('bias', [outputs], 0.5),
};
const layer: Int8Layer = {
  input: { scale: Math.fround(0.02), zeroPoint: 100 },
  output: { scale: Math.fround(0.03), zeroPoint: 128 },
};
const layers = { 'a.weight': layer };

/** Of a batch of `batch` samples, of which sample i is the same in every batch. */
function batchOf(batch: number): { readonly x: HostTensor } {
  const samples = Array.from({ length: batch }, (_, i) => drawn(`x${i}`, [channels, side, side]).data);
  const data = Float32Array.from(samples.flatMap((sample) => Array.from(sample)));
  return { x: { shape: [batch, channels, side, side], dtype: 'float32', data } };
}

const network = (params: Params, x: tf.Tensor): tf.Tensor => conv2d(params, 'a', x, { stride, padding: 1 });

async function run(
  inputs: { readonly x: HostTensor },
  treatment: Pick<Signature, 'layers'>,
  threads = 1,
): Promise<HostTensors> {
  const program = await onnxEngine({ threads }).compile(
    ({ constants, inputs: { x } }) => ({ outputs: { y: network(constants, x!) } }),
    { constants: weights, inputs, ...treatment },
  );
  const results = await program.run(inputs);
  await program.dispose();
  return results;
}

const clamp = (value: number): number => Math.min(Math.max(value, 0), 255);

/** To the nearest, halves to the even one, as ONNX rounds. */
function rounded(value: number): number {
  const low = Math.floor(value);
  if (value - low !== 0.5) return Math.round(value);
  return low % 2 === 0 ? low : low + 1;
}

/** What the layer gives, by integers. */
function byHand({ x }: { readonly x: HostTensor }): Float32Array {
  const batch = x.shape[0]!;
  const { integers, scales } = quantizedFilter(weights['a.weight']!.data as Float32Array, outputs);
  const { input, output } = layer;
  const taken = Array.from(x.data, (value) =>
    clamp(rounded(Math.fround(value / input.scale)) + input.zeroPoint),
  );
  const out = side / stride;
  const y = new Float32Array(batch * outputs * out * out);
  let at = 0;
  for (let n = 0; n < batch; n++)
    for (let o = 0; o < outputs; o++) {
      const step = Math.fround(scales[o]! * input.scale);
      const bias = rounded(Math.fround(weights['a.bias']!.data[o]! / step));
      for (let row = 0; row < out; row++)
        for (let column = 0; column < out; column++) {
          let sum = bias;
          for (let c = 0; c < channels; c++)
            for (let i = 0; i < 3; i++)
              for (let j = 0; j < 3; j++) {
                const [h, w] = [row * stride + i - 1, column * stride + j - 1];
                if (h < 0 || w < 0 || h >= side || w >= side) continue;
                const q = taken[((n * channels + c) * side + h) * side + w]! - input.zeroPoint;
                sum += q * integers[((o * channels + c) * 3 + i) * 3 + j]!;
              }
          const steps = clamp(rounded((sum * step) / output.scale) + output.zeroPoint);
          y[at++] = (steps - output.zeroPoint) * output.scale;
        }
    }
  return y;
}

describe('a convolution on integers', () => {
  it('gives what its integers give', async () => {
    const inputs = batchOf(3);
    const { y } = await run(inputs, { layers: { kind: 'int8', layers } });
    const expected = byHand(inputs);
    // The runtime's product of three scales is rounded once more: a value on the edge of two steps may take either.
    const apart = Array.from(y!.data, (value, i) =>
      Math.round(Math.abs(value - expected[i]!) / layer.output.scale),
    );
    expect(Math.max(...apart)).toBeLessThanOrEqual(1);
    expect(apart.filter((steps) => steps > 0).length).toBeLessThanOrEqual(apart.length / 100);
    const { y: plain } = await run(inputs, {});
    const moved = Array.from(y!.data, (value, i) => Math.abs(value - plain!.data[i]!));
    expect(Math.max(...moved)).toBeGreaterThan(0.005); // it was another computation
    expect(moved.reduce((a, b) => a + b, 0) / moved.length).toBeLessThan(2 * layer.output.scale);
  });

  it('gives each sample the same bytes in any batch, with any number of threads', async () => {
    const { y: together } = await run(batchOf(4), { layers: { kind: 'int8', layers } });
    for (const threads of [1, 2, 4])
      for (const batch of [1, 2, 3]) {
        const { y } = await run(batchOf(batch), { layers: { kind: 'int8', layers } }, threads);
        expect(y!.data).toEqual(together!.data.slice(0, y!.data.length));
      }
  });

  it('shows what it takes and gives', async () => {
    const inputs = batchOf(2);
    const { y, ...shown } = await run(inputs, { layers: { kind: 'observed' } });
    const byName = Object.entries(shown).map(([name, { data }]) => [layerBehind(name), data] as const);
    expect(byName).toEqual([
      [{ layer: 'a.weight', side: 'input' }, inputs.x.data],
      [{ layer: 'a.weight', side: 'output' }, y!.data],
    ]);
    expect(layerBehind('y')).toBeUndefined();
  });

  it('is refused by engines that have none', async () => {
    await expect(
      referenceEngine().compile(({ inputs: { x } }) => ({ outputs: { y: x! } }), {
        inputs: batchOf(1),
        layers: { kind: 'int8', layers },
      }),
    ).rejects.toThrow('the engine reference has no layers of the kind int8');
  });
});

describe('quantizedFilter', () => {
  it('keeps to 7 bits and half a step, channel by channel', () => {
    const filter = drawn('filter', [4, 3, 3, 3]).data as Float32Array;
    const spread = filter.map((w, i) => w * 10 ** Math.floor(i / 27)); // channels of other magnitudes
    const { integers, scales } = quantizedFilter(spread, 4);
    expect(Math.max(...integers.map(Math.abs))).toBe(63);
    for (const [i, w] of spread.entries()) {
      const scale = scales[Math.floor(i / 27)]!;
      expect(Math.abs(w - integers[i]! * scale)).toBeLessThanOrEqual(0.5001 * scale);
    }
  });

  it('has steps also for channels of zeros', () => {
    expect(quantizedFilter(new Float32Array(4), 2)).toEqual({
      integers: new Int8Array(4),
      scales: new Float32Array(2).fill(1 / 63),
    });
    const { scales } = quantizedFilter(Float32Array.of(0, 0, 63, -63), 2);
    expect(scales[1]).toBe(1);
    expect(scales[0]).toBeCloseTo(1e-4, 8);
  });
});

describe('convolutionsOf', () => {
  const graphOf = (apply: (params: Params, x: tf.Tensor) => tf.Tensor, constants: HostTensors) =>
    trace(({ constants: params, inputs: { x } }) => ({ outputs: { y: apply(params, x!) } }), {
      constants,
      inputs: batchOf(2),
    });

  it('leaves out those of one tap, and filters with several uses', () => {
    const pointwise = { 'b.weight': drawn('b', [channels, channels, 1, 1]) };
    const square = { 'c.weight': drawn('c', [channels, channels, 3, 3]) };
    const once = graphOf((params, x) => network(params, conv2d(params, 'b', x)), {
      ...weights,
      ...pointwise,
    });
    expect([...convolutionsOf(once).keys()]).toEqual(['a.weight']);
    const twice = graphOf(
      (params, x) => conv2d(params, 'c', conv2d(params, 'c', x, { padding: 1 }), { padding: 1 }),
      square,
    );
    expect([...convolutionsOf(twice).keys()]).toEqual([]);
  });

  it('are the only layers that can be quantized', () => {
    const graph = graphOf(network, weights);
    expect(() => onIntegers(graph, { 'z.weight': layer }, () => new Float32Array())).toThrow(
      'there is no convolution z.weight to quantize',
    );
  });
});

it('counts the bytes of weights', () => {
  const numbers = outputs * channels * 9;
  expect(quantizedBytes(weights, layers)).toEqual({
    float32: 4 * (numbers + outputs),
    int8: numbers + 4 * outputs + 4 * outputs,
  });
});
