// What eager programs keep on their backend, what they move in a run, and that nothing of it is left behind.
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { referenceEngine } from '../../../src/engine/eager.ts';
import type { HostTensor } from '../../../src/engine/engine.ts';
import { trainStep } from '../../../src/optim/train-step.ts';
import { plainAdamw } from '../../support/plain-adamw.ts';
import { tensorflowWherePresent } from '../../support/tensorflow.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

function vector(...values: number[]): HostTensor {
  return { shape: [values.length], dtype: 'float32', data: Float32Array.from(values) };
}

describe.each([referenceEngine(), ...tensorflowWherePresent()])('the $name engine', (engine) => {
  it('keeps state and constants on the backend: a run moves inputs and outputs', async () => {
    const [state, constants] = [{ sum: vector(1, 2, 3, 4) }, { rate: vector(1, 1, 1, 1) }];
    const inputs = { x: vector(5) };
    const program = await engine.compile(
      ({ state, constants, inputs }) => ({
        state: { sum: tf.add(state['sum']!, tf.mul(constants['rate']!, inputs['x']!)) },
        outputs: { largest: tf.max(state['sum']!) },
      }),
      { state, constants, inputs },
    );
    program.setState(state);
    await program.run(inputs);
    const [up, down] = [vi.spyOn(tf.engine(), 'makeTensor'), vi.spyOn(tf.Tensor.prototype, 'dataSync')];
    const { largest } = await program.run(inputs);
    expect([...largest!.data]).toEqual([9]);
    const uploaded = up.mock.calls.map(([values]) => [...(values as Float32Array)]);
    expect(uploaded).toContainEqual([5]);
    // Kernels may make scalars of their own.
    expect(uploaded.filter(({ length }) => length > 1)).toEqual([]);
    expect(down).toHaveBeenCalledTimes(1);
    expect([...(await program.getState())['sum']!.data]).toEqual([11, 12, 13, 14]);
    expect(down).toHaveBeenCalledTimes(2);
    await program.dispose();
  });

  it('gives no numbers out of a scope, which would look through every one of them', async () => {
    const inputs = { x: vector(...Array<number>(100).fill(2)) };
    const program = await engine.compile(({ inputs: { x } }) => ({ outputs: { y: tf.square(x!) } }), {
      inputs,
    });
    const ended = vi.spyOn(tf.engine(), 'endScope');
    const { y } = await program.run(inputs);
    expect(y!.data).toHaveLength(100);
    expect(ended).toHaveBeenCalled();
    for (const [result] of ended.mock.calls) expect(arraysIn(result)).toEqual([]);
    await program.dispose();
  });

  it('leaves no tensors behind: not after a step, nor after its end', async () => {
    const step = trainStep(
      {
        specs: [{ name: 'a', shape: [3], init: { kind: 'zeros' } }],
        loss: ({ a }, { inputs: { target } }) => {
          const distance = tf.sum(tf.squaredDifference(a!, target!));
          return { loss: tf.mul(distance, 2), distance };
        },
      },
      settings,
    );
    const target = vector(1, -2, 3);
    const before = tf.memory().numTensors;
    const program = await engine.compile(step.fn, { state: step.state, inputs: { ...step.inputs, target } });
    program.setState(step.initialState({ a: vector(0, 0, 0) }));
    const counts: number[] = [];
    for (let i = 0; i < 5; i++) {
      await program.run({ target, ...step.stepScalars(i) });
      counts.push(tf.memory().numTensors);
    }
    expect(counts).toEqual(Array(5).fill(before + Object.keys(step.state).length));
    await program.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('holds its own numbers: who changes an array changes no state, and gets a copy', async () => {
    const [state, inputs] = [{ held: vector(1, 2), given: vector(0, 0) }, { x: vector(3, 4) }];
    const program = await engine.compile(
      // State that stays, state that is an input, and outputs that are either.
      ({ state: { held }, inputs: { x } }) => ({
        state: { held: held!, given: x! },
        outputs: { held: held!, x: x! },
      }),
      { state, inputs },
    );
    program.setState(state);
    state.held.data.fill(9);
    for (let i = 0; i < 2; i++) {
      const outputs = await program.run(inputs);
      expect(Object.values(outputs).map(({ data }) => [...data])).toEqual([
        [1, 2],
        [3, 4],
      ]);
      for (const { data } of Object.values(outputs)) data.fill(9);
    }
    inputs.x.data.fill(9);
    for (const { data } of Object.values(await program.getState())) data.fill(9);
    const { held, given } = await program.viewState();
    expect([[...held!.data], [...given!.data]]).toEqual([
      [1, 2],
      [3, 4],
    ]);
    await program.dispose();
  });
});

const settings = { ...plainAdamw, steps: 5 };

/** Typed arrays anywhere within what a scope gives out. */
function arraysIn(result: unknown): unknown[] {
  if (ArrayBuffer.isView(result)) return [result];
  if (typeof result !== 'object' || result === null || result instanceof tf.Tensor) return [];
  return Object.values(result).flatMap(arraysIn);
}
