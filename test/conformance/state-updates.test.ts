// Random pointwise updates of several state vectors: as loops beside the graph on the onnx engine, and eagerly on the
// reference engine. All operations round to float32 alike, so that the states must be equal to the bit.
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import type { TensorFunction } from '../../src/engine/engine.ts';
import { onnxEngine } from '../../src/engine/onnx/engine.ts';
import { referenceEngine } from '../../src/engine/eager.ts';
import { trace } from '../../src/engine/trace/trace.ts';
import { splitUpdates } from '../../src/engine/updates/split-updates.ts';
import { RandomTensors } from './random-tensors.ts';

const names = ['a', 'b', 'c'] as const;
const operations: readonly ((x: tf.Tensor, y: tf.Tensor) => tf.Tensor)[] = [
  tf.add,
  tf.sub,
  tf.mul,
  (x, y) => tf.div(x, tf.add(tf.square(y), 1)),
  (x) => tf.sqrt(tf.square(x)),
  (x) => tf.neg(x),
  (x) => tf.sub(x, 0.7),
];

/** States of `size` elements, updated by a few operations on states, a computed vector and two scalars. */
function randomUpdate(random: RandomTensors): TensorFunction {
  const steps = Array.from({ length: 9 }, () => ({
    operation: random.pick(operations),
    operands: [random.integer(0, 99), random.integer(0, 99)] as const,
  }));
  return ({ state, inputs }) => {
    const computed = tf.relu(inputs['x']!);
    const pool: tf.Tensor[] = [...names.map((name) => state[name]!), computed];
    const scalars = [inputs['rate']!, tf.max(computed)];
    for (const { operation, operands } of steps) {
      const x = pool[operands[0] % pool.length]!;
      const y = operands[1] % 3 === 0 ? scalars[operands[1] % 2]! : pool[operands[1] % pool.length]!;
      pool.push(operation(x, y));
    }
    const next = Object.fromEntries(names.map((name, i) => [name, tf.add(pool.at(-1 - i)!, 0.25)]));
    return { state: next, outputs: { y: tf.sum(state['a']!) } };
  };
}

it.each(Array.from({ length: 24 }, (_, seed) => seed))('seed %i', async (seed) => {
  const random = new RandomTensors(seed);
  const size = random.integer(2, 19);
  const update = randomUpdate(random);
  const inputs = { x: random.float([size]), rate: random.float([]) };
  const state = Object.fromEntries(names.map((name) => [name, random.float([size])]));
  const signature = { state, inputs };
  expect(splitUpdates(trace(update, signature)).updates.length).toBeGreaterThan(0);
  const states = [];
  for (const engine of [onnxEngine({ threads: 1 }), referenceEngine()]) {
    const program = await engine.compile(update, signature);
    program.setState(state);
    for (let i = 0; i < 3; i++) await program.run(inputs);
    states.push(Object.values(await program.getState()).map(({ data }) => [...data]));
    await program.dispose();
  }
  expect(states[0]).toEqual(states[1]);
});
