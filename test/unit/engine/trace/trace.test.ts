import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import type { Signature, TensorFunction } from '../../../../src/engine/engine.ts';
import { trace } from '../../../../src/engine/trace/trace.ts';

const vector = { shape: [2], dtype: 'float32' } as const;
const signature: Signature = { inputs: { x: vector } };

const double: TensorFunction = ({ inputs }) => ({ outputs: { y: tf.mul(inputs['x']!, 2) } });

test('names inputs, state and outputs by their role', () => {
  const graph = trace(
    ({ state, inputs }) => ({
      state: { w: tf.add(state['w']!, inputs['x']!) },
      outputs: { y: state['w']! },
    }),
    { state: { w: vector }, ...signature },
  );
  expect(graph.inputs.map(({ name }) => name).sort()).toEqual(['in/x', 'state/w']);
  expect(graph.outputs.map(({ name }) => name)).toEqual(["state/w'", 'out/y']);
});

test('records each expression once and folds what does not change its operand', () => {
  const graph = trace(({ inputs: { x } }) => {
    const once = tf.exp(x!);
    const again = tf.exp(tf.add(tf.mul(x!, 1), 0));
    return { outputs: { y: tf.mul(once, again) } };
  }, signature);
  expect(graph.nodes.map(({ op }) => op)).toEqual(['Exp', 'Mul']);
});

test('keeps constants of the signature as constants', () => {
  const graph = trace(
    ({ inputs, constants }) => ({ outputs: { y: tf.mul(inputs['x']!, constants['c']!) } }),
    {
      ...signature,
      constants: { c: { ...vector, data: Float32Array.of(3, 4) } },
    },
  );
  expect(graph.inputs.map(({ name }) => name)).toEqual(['in/x']);
  expect([...graph.constants.values()]).toEqual([{ kind: 'array', data: Float32Array.of(3, 4) }]);
});

test.each<[what: string, fn: TensorFunction, message: string]>([
  [
    'state that is not returned',
    ({ inputs }) => ({ outputs: { y: inputs['x']! } }),
    'state w is not returned',
  ],
  [
    'state that was not declared',
    ({ state }) => ({ state: { w: state['w']!, v: state['w']! }, outputs: {} }),
    'state v is not in the signature',
  ],
  [
    'state of another shape',
    ({ state }) => ({ state: { w: tf.sum(state['w']!) }, outputs: {} }),
    'state w changes from float32[2] to float32[]',
  ],
  [
    'state of another dtype',
    ({ state }) => ({ state: { w: tf.cast(state['w']!, 'int32') }, outputs: {} }),
    'state w changes from float32[2] to int32[2]',
  ],
])('refuses %s', (_, fn, message) => {
  expect(() => trace(fn, { state: { w: vector }, ...signature })).toThrow(message);
});

test('refuses to read the values of a tensor', () => {
  const reads: TensorFunction = ({ inputs: { x } }) => ({ outputs: { y: tf.mul(x!, x!.dataSync()[0]!) } });
  expect(() => trace(reads, signature)).toThrow('must not read the values');
});

test('refuses a tensor made outside of the function', async () => {
  await tf.setBackend('cpu');
  const foreign = tf.tensor([1, 2]);
  const mixes: TensorFunction = ({ inputs: { x } }) => ({ outputs: { y: tf.mul(x!, foreign) } });
  expect(() => trace(mixes, signature)).toThrow('outside of the traced function');
  expect(foreign.dataSync()).toEqual(Float32Array.of(1, 2));
  foreign.dispose();
});

test('refuses a dtype that engines do not know', () => {
  const strings: TensorFunction = () => ({ outputs: { y: tf.tensor(['a']) } });
  expect(() => trace(strings, signature)).toThrow('dtype string cannot be traced');
});

test('gives the backend back, after errors too, and leaves no tensors', async () => {
  await tf.setBackend('cpu');
  const before = tf.memory().numTensors;
  trace(double, signature);
  expect(tf.getBackend()).toBe('cpu');
  expect(() =>
    trace(() => {
      throw new Error('a bug of the function');
    }, signature),
  ).toThrow('a bug of the function');
  expect(tf.getBackend()).toBe('cpu');
  expect(tf.memory().numTensors).toBe(before);
  expect(trace(double, signature).nodes).toHaveLength(1);
});
