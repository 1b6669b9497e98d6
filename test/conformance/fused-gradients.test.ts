// Functions of nn/ with gradients written by hand: values and gradients against TF.js's autodiff of the textbook
// definition, on the reference engine and through the onnx lowerings.
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { HostTensor, HostTensors } from '../../src/engine/engine.ts';
import { onnxEngine } from '../../src/engine/onnx/engine.ts';
import { referenceEngine } from '../../src/engine/eager.ts';
import { silu } from '../../src/nn/activation.ts';
import { attention } from '../../src/nn/attention.ts';
import { conv2d } from '../../src/nn/conv.ts';
import { groupNorm, layerNorm } from '../../src/nn/norm.ts';
import { averagePool2x, upsampleNearest2x } from '../../src/nn/resample.ts';
import { RandomTensors } from './random-tensors.ts';

type Definition = (...x: tf.Tensor[]) => tf.Tensor;

interface Case {
  readonly name: string;
  readonly shapes: readonly (readonly number[])[];
  readonly ours: Definition;
  readonly textbook: Definition;
}

function standardized(x: tf.Tensor, rows: readonly number[], eps: number): tf.Tensor {
  const { mean, variance } = tf.moments(tf.reshape(x, [...rows]), -1, true);
  return tf.reshape(tf.div(tf.sub(tf.reshape(x, [...rows]), mean), tf.sqrt(tf.add(variance, eps))), x.shape);
}

const named = (weight: tf.Tensor, bias: tf.Tensor) => ({ 'n.weight': weight, 'n.bias': bias });

const cases: readonly Case[] = [
  { name: 'silu', shapes: [[3, 5]], ours: (x) => silu(x), textbook: (x) => tf.mul(x, tf.sigmoid(x)) },
  {
    name: 'groupNorm',
    shapes: [[2, 6, 4, 2], [6], [6]],
    ours: (x, w, b) => groupNorm(named(w, b), 'n', x, { groups: 3, eps: 1e-2 }),
    textbook: (x, w, b) =>
      tf.add(
        tf.mul(standardized(x, [6, 16], 1e-2), tf.reshape(w, [1, 6, 1, 1])),
        tf.reshape(b, [1, 6, 1, 1]),
      ),
  },
  {
    name: 'groupNorm of a shifted x',
    shapes: [[2, 6, 4, 2], [6], [6], [2, 6]],
    ours: (x, w, b, shift) => groupNorm(named(w, b), 'n', x, { groups: 3, eps: 1e-2, shift: shift }),
    textbook: (x, w, b, shift) =>
      tf.add(
        tf.mul(
          standardized(tf.add(x, tf.reshape(shift, [2, 6, 1, 1])), [6, 16], 1e-2),
          tf.reshape(w, [1, 6, 1, 1]),
        ),
        tf.reshape(b, [1, 6, 1, 1]),
      ),
  },
  {
    name: 'layerNorm',
    shapes: [[2, 3, 7], [7], [7]],
    ours: (x, w, b) => layerNorm(named(w, b), 'n', x, 1e-2),
    textbook: (x, w, b) => tf.add(tf.mul(standardized(x, [6, 7], 1e-2), w), b),
  },
  {
    name: 'attention',
    shapes: [
      [2, 3, 4],
      [2, 5, 4],
      [2, 5, 4],
    ],
    ours: (q, k, v) => attention(q, k, v, { scale: 0.7 }),
    textbook: (q, k, v) =>
      tf.transpose(tf.matMul(tf.softmax(tf.mul(tf.matMul(q, k, false, true), 0.7)), v), [0, 2, 1]),
  },
  {
    name: 'upsampleNearest2x',
    shapes: [[2, 3, 4, 2]],
    ours: (x) => upsampleNearest2x(x),
    textbook: (x) => tf.reshape(tf.tile(tf.reshape(x, [24, 1, 2, 1]), [1, 2, 1, 2]), [2, 3, 8, 4]),
  },
  {
    name: 'averagePool2x',
    shapes: [[2, 3, 4, 6]],
    ours: (x) => averagePool2x(x),
    textbook: (x) => tf.reshape(tf.mean(tf.reshape(x, [12, 2, 3, 2]), [1, 3]), [2, 3, 2, 3]),
  },
  // Enough positions for the blocked filter gradient of lower/conv.ts: batches of one block and below one.
  ...(
    [
      [16, 8],
      [8, 12],
      [4, 16],
    ] as const
  ).map(([batch, side]): Case => ({
    name: `conv2d with a batch of ${batch}`,
    shapes: [
      [batch, 3, side, side],
      [16, 3, 3, 3],
    ],
    ours: (x, weight) => conv2d({ 'n.weight': weight }, 'n', x, { padding: 1 }),
    textbook: (x, weight) =>
      tf.conv2d(x as tf.Tensor4D, tf.transpose(weight as tf.Tensor4D, [2, 3, 1, 0]), 1, 1, 'NCHW'),
  })),
];

const engines = [referenceEngine(), onnxEngine()];

describe.each(engines)('hand-written gradients on the $name engine', (engine) => {
  it.each(cases)('$name', async ({ shapes, ours, textbook }) => {
    const random = new RandomTensors(11);
    const inputs: HostTensors = Object.fromEntries(
      shapes.map((shape, i): [string, HostTensor] => [`x${i}`, random.float(shape, -1, 1)]),
    );
    const actual = await valueAndGradients(engine, ours, inputs);
    const expected = await valueAndGradients(referenceEngine(), textbook, inputs);
    expect(Object.keys(actual)).toHaveLength(shapes.length + 1);
    for (const [name, tensor] of Object.entries(expected)) {
      expect(actual[name]!.shape, name).toEqual(tensor.shape);
      expect(relativeDifference(actual[name]!, tensor), name).toBeLessThan(5e-6);
    }
  });
});

/** The value and the gradients of a loss that gives every element its own weight. */
async function valueAndGradients(
  engine: (typeof engines)[number],
  fn: Definition,
  inputs: HostTensors,
): Promise<HostTensors> {
  const program = await engine.compile(
    ({ inputs: named }) => {
      const tensors = Object.values(named);
      let value: tf.Tensor | undefined;
      const gradients = tf.grads((...args: tf.Tensor[]) => {
        const y = fn(...args);
        value = tf.keep(tf.clone(y));
        return tf.sum(tf.mul(y, tf.sin(tf.mul(y, 3))));
      })(tensors);
      return {
        outputs: { value: value!, ...Object.fromEntries(gradients.map((g, i) => [`gradient ${i}`, g])) },
      };
    },
    { inputs },
  );
  const outputs = await program.run(inputs);
  await program.dispose();
  return outputs;
}

function relativeDifference(a: HostTensor, b: HostTensor): number {
  let [difference, norm] = [0, 0];
  for (const [i, x] of a.data.entries()) {
    difference += (x - b.data[i]!) ** 2;
    norm += b.data[i]! ** 2;
  }
  return Math.sqrt(difference / norm);
}
