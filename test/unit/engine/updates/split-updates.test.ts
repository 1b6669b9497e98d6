import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { TensorFunction, TensorSpecs } from '../../../../src/engine/engine.ts';
import { onnxEngine } from '../../../../src/engine/onnx/engine.ts';
import { checkGraph } from '../../../../src/engine/graph/check.ts';
import { trace } from '../../../../src/engine/trace/trace.ts';
import { splitUpdates } from '../../../../src/engine/updates/split-updates.ts';

const vector = { shape: [6], dtype: 'float32' } as const;
const scalar = { shape: [], dtype: 'float32' } as const;

function split(state: TensorSpecs, fn: TensorFunction) {
  const result = splitUpdates(trace(fn, { state, inputs: { x: vector, rate: scalar } }));
  checkGraph(result.graph);
  return { ...result, ops: result.graph.nodes.map(({ op }) => op) };
}

describe('splitUpdates', () => {
  it('takes pointwise updates of the state out of the graph, with what they alone compute', () => {
    const { updates, ops, graph } = split({ w: vector, m: vector }, ({ state, inputs }) => {
      const gradient = tf.cos(inputs['x']!);
      const m = tf.add(tf.mul(state['m']!, 0.9), gradient);
      return {
        state: { w: tf.sub(state['w']!, tf.mul(m, inputs['rate']!)), m },
        outputs: { loss: tf.sum(state['w']!) },
      };
    });
    expect(ops).toEqual(['Cos', 'ReduceSum']);
    expect(graph.inputs.map(({ name }) => name)).toEqual(['state/w', 'in/x']);
    expect(updates).toHaveLength(1);
    const [{ arrays, scalars, loop }] = updates as [(typeof updates)[0]];
    const gradientName = graph.outputs.find(({ name }) => name.startsWith('update/'))!.name;
    expect(arrays).toEqual([{ state: 'm' }, { output: gradientName }, { state: 'w' }]);
    expect(scalars).toEqual([{ input: 'in/rate' }]);
    expect(loop).toMatchObject({ size: 6, arrays: 3, scalars: 1 });
    expect(loop.stores.map((store) => store.array).sort()).toEqual([0, 2]);
  });

  it('makes one loop of each independent update, and asks the graph for a computed scalar once', () => {
    const { updates, ops } = split({ a: vector, b: vector }, ({ state, inputs }) => {
      const factor = tf.sum(tf.cos(inputs['x']!));
      return {
        state: { a: tf.mul(state['a']!, factor), b: tf.mul(state['b']!, factor) },
        outputs: {},
      };
    });
    expect(ops).toEqual(['Cos', 'ReduceSum']);
    expect(updates.map(({ arrays }) => arrays)).toEqual([[{ state: 'a' }], [{ state: 'b' }]]);
    expect(updates[0]!.scalars).toEqual(updates[1]!.scalars);
  });

  it('leaves states and gradients in the shapes that the graph has them in', async () => {
    const fn: TensorFunction = ({ state, inputs }) => {
      const gradient = tf.matMul(tf.reshape(state['w']!, [2, 3]), tf.reshape(inputs['x']!, [3, 2]));
      const w = tf.add(state['w']!, tf.reshape(tf.concat([gradient, tf.ones([2, 1])], 1), [6]));
      return { state: { w }, outputs: {} };
    };
    const { graph, ops } = split({ w: vector }, fn);
    expect(ops.filter((op) => op === 'Reshape')).toHaveLength(1); // of x
    expect(graph.inputs.find(({ name }) => name === 'state/w')!.value.shape).toEqual([2, 3]);
    expect(graph.outputs.map(({ value }) => value.shape)).toEqual([[2, 3]]);

    const program = await onnxEngine({ threads: 1 }).compile(fn, {
      state: { w: vector },
      inputs: { x: vector },
    });
    const numbers = (...data: number[]) => ({ ...vector, data: Float32Array.from(data) });
    program.setState({ w: numbers(1, 2, 3, 4, 5, 6) });
    await program.run({ x: numbers(1, 0, 0, 1, 2, 2) });
    expect(await program.getState()).toEqual({ w: numbers(8, 10, 4, 20, 22, 7) });
    await program.dispose();
  });

  it.each<[string, TensorFunction]>([
    [
      'reads a state that something else replaces',
      ({ state: { a, b }, inputs: { x } }) => ({
        state: { a: tf.add(a!, b!), b: tf.cos(x!) },
        outputs: {},
      }),
    ],
    [
      'gives a vector that is an output too',
      ({ state: { a, b }, inputs: { x } }) => {
        const next = tf.add(a!, tf.cos(x!));
        return { state: { a: next, b: tf.cos(b!) }, outputs: { again: tf.sin(next) } };
      },
    ],
    [
      'reads a whole input',
      ({ state: { a, b }, inputs: { x } }) => ({ state: { a: tf.add(a!, x!), b: tf.cos(b!) }, outputs: {} }),
    ],
    [
      'is all there is to compute',
      ({ state: { a, b } }) => ({ state: { a: tf.mul(a!, 3), b: tf.neg(b!) }, outputs: {} }),
    ],
  ])('leaves an update in the graph that %s', (_, fn) => {
    const state = { a: vector, b: vector };
    const whole = trace(fn, { state, inputs: { x: vector, rate: scalar } });
    const { updates, graph } = split(state, fn);
    expect(updates).toEqual([]);
    expect(graph.outputs.map(({ name }) => name)).toEqual(whole.outputs.map(({ name }) => name));
  });
});
