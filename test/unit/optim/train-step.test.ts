import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onnxEngine } from '../../../src/engine/onnx/engine.ts';
import { referenceEngine } from '../../../src/engine/eager.ts';
import { trainStep } from '../../../src/optim/train-step.ts';
import { plainAdamw } from '../../support/plain-adamw.ts';

const settings = { ...plainAdamw, steps: 100 };

const specs = [
  { name: 'a', shape: [3], init: { kind: 'zeros' } },
  { name: 'b', shape: [], init: { kind: 'zeros' } },
] as const;
const vector = (...values: number[]) => ({
  shape: [3],
  dtype: 'float32' as const,
  data: Float32Array.from(values),
});
const number = (value: number) => ({ shape: [], dtype: 'float32' as const, data: Float32Array.of(value) });

/** |a - target|^2 + b^2: least at the target and 0. */
const step = trainStep(
  {
    specs,
    loss: ({ a, b }, { inputs: { target } }) => {
      const distance = tf.sum(tf.squaredDifference(a!, target!));
      return { loss: tf.add(distance, tf.square(b!)), distance };
    },
  },
  settings,
);

describe.each([onnxEngine(), referenceEngine()])('trainStep on the $name engine', (engine) => {
  it('descends, keeps its state and averages the weights', async () => {
    const target = vector(1, -2, 3);
    const program = await engine.compile(step.fn, {
      state: step.state,
      inputs: { ...step.inputs, target },
    });
    program.setState(step.initialState({ a: vector(0, 0, 0), b: number(5) }));
    const losses: number[] = [];
    for (let i = 0; i < settings.steps; i++) {
      const { loss, distance } = await program.run({ target, ...step.stepScalars(i) });
      losses.push(loss!.data[0]!);
      if (i === 0) expect([loss!.data[0], distance!.data[0]]).toEqual([39, 14]);
    }
    const { params, ema } = step.weights(await program.getState());
    await program.dispose();
    expect(losses.at(-1)).toBeLessThan(1);
    expect(params['a']!.data[1]).toBeCloseTo(-2, 0);
    expect(Object.keys(ema)).toEqual(['a', 'b']);
    expect(ema['b']!.data[0]).toBeGreaterThan(params['b']!.data[0]!); // the average lags behind a falling weight
  });
});

describe('engines', () => {
  it('agree after ten steps', async () => {
    const results = await Promise.all(
      [onnxEngine(), referenceEngine()].map(async (engine) => {
        const target = vector(1, -2, 3);
        const program = await engine.compile(step.fn, {
          state: step.state,
          inputs: { ...step.inputs, target },
        });
        program.setState(step.initialState({ a: vector(0.5, 0, 0), b: number(5) }));
        for (let i = 0; i < 10; i++) await program.run({ target, ...step.stepScalars(i) });
        const state = await program.getState();
        await program.dispose();
        return Object.keys(step.state).flatMap((name) => [...state[name]!.data]);
      }),
    );
    for (const [i, value] of results[0]!.entries()) expect(value).toBeCloseTo(results[1]![i]!, 5);
  });
});
