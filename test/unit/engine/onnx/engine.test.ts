import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import type { HostTensor, TensorFunction } from '../../../../src/engine/engine.ts';
import { instructionSet } from '../../../../src/engine/instruction-set.ts';
import { onnxEngine } from '../../../../src/engine/onnx/engine.ts';

const engine = onnxEngine({ threads: 1 });

function floats(...data: number[]): HostTensor {
  return { shape: [data.length], dtype: 'float32', data: Float32Array.from(data) };
}

/** w' = w + x, n' = n + 1; gives the old w times 10. */
const accumulate: TensorFunction = ({ state: { w, n }, inputs: { x } }) => ({
  state: { w: tf.add(w!, x!), n: tf.add(n!, tf.scalar(1, 'int32')) },
  outputs: { y: tf.mul(w!, 10) },
});
const counter = { shape: [], dtype: 'int32', data: Int32Array.of(0) } as const;
const state = { w: floats(0, 0), n: counter };
const signature = { state, inputs: { x: floats(0, 0) } };

describe('state', () => {
  it('starts at zero and is carried from run to run', async () => {
    const program = await engine.compile(accumulate, signature);
    const outputs: number[][] = [];
    for (const x of [1, 2, 3, 4]) outputs.push([...(await program.run({ x: floats(x, -x) }))['y']!.data]);
    expect(outputs).toEqual([
      [0, 0],
      [10, -10],
      [30, -30],
      [60, -60],
    ]);
    expect(await program.getState()).toEqual({
      w: floats(10, -10),
      n: { ...counter, data: Int32Array.of(4) },
    });
    await program.dispose();
  });

  it('is set, and read as a copy', async () => {
    const program = await engine.compile(accumulate, signature);
    const given = { w: floats(5, 6), n: { ...counter, data: Int32Array.of(7) } };
    program.setState(given);
    given.w.data.fill(99);
    const before = await program.getState();
    await program.run({ x: floats(1, 1) });
    await program.run({ x: floats(1, 1) });
    expect([...before['w']!.data]).toEqual([5, 6]);
    expect([...(await program.getState())['w']!.data]).toEqual([7, 8]);
    expect([...(await program.getState())['n']!.data]).toEqual([9]);
    before['w']!.data.fill(0);
    expect([...(await program.getState())['w']!.data]).toEqual([7, 8]);
    await program.dispose();
  });

  it('goes on from a copy as it would have gone on', async () => {
    const [first, second] = [
      await engine.compile(accumulate, signature),
      await engine.compile(accumulate, signature),
    ];
    await first.run({ x: floats(0.1, 0.2) });
    second.setState(await first.getState());
    for (const program of [first, second]) for (const x of [0.3, 0.7]) await program.run({ x: floats(x, x) });
    expect(await second.getState()).toEqual(await first.getState());
    await Promise.all([first.dispose(), second.dispose()]);
  });

  it('must be set completely', async () => {
    const program = await engine.compile(accumulate, signature);
    expect(() => {
      program.setState({ w: floats(1, 2) });
    }).toThrow('state n is missing');
    await program.dispose();
  });

  it('may be returned unchanged, swapped, and given as an output too', async () => {
    const program = await engine.compile(
      ({ state: { a, b } }) => ({ state: { a: b!, b: a! }, outputs: { a: a!, again: a! } }),
      { state: { a: floats(0), b: floats(0) }, inputs: {} },
    );
    program.setState({ a: floats(1), b: floats(2) });
    const seen: unknown[] = [];
    for (let i = 0; i < 3; i++) seen.push((await program.run({}))['again']!.data[0]);
    expect(seen).toEqual([1, 2, 1]);
    await program.dispose();
  });
});

describe('inputs', () => {
  it('that are missing, of another dtype or size are refused by name, and nothing is lost', async () => {
    const program = await engine.compile(accumulate, signature);
    await expect(program.run({})).rejects.toThrow('input x is missing');
    const ints: HostTensor = { shape: [2], dtype: 'int32', data: Int32Array.of(1, 2) };
    await expect(program.run({ x: ints })).rejects.toThrow('int32[2], compiled for float32[2]');
    await expect(program.run({ x: floats(1, 2, 3) })).rejects.toThrow('float32[3], compiled for float32[2]');
    await program.run({ x: floats(1, 2) });
    expect((await program.getState())['w']).toEqual(floats(1, 2));
    await program.dispose();
  });

  it('of every dtype go in and come out', async () => {
    const inputs = {
      f: floats(1.5, -2),
      i: { shape: [2], dtype: 'int32', data: Int32Array.of(-3, 4) },
      b: { shape: [2], dtype: 'bool', data: Uint8Array.of(1, 0) },
    } as const;
    const program = await engine.compile(
      ({ inputs: { f, i, b } }) => ({ outputs: { f: tf.neg(f!), i: tf.neg(i!), b: tf.logicalNot(b!) } }),
      { inputs },
    );
    const outputs = await program.run(inputs);
    expect(outputs).toEqual({
      f: floats(-1.5, 2),
      i: { ...inputs.i, data: Int32Array.of(3, -4) },
      b: { ...inputs.b, data: Uint8Array.of(0, 1) },
    });
    await program.dispose();
  });

  it('that the function does not use are still asked for', async () => {
    const program = await engine.compile(({ inputs: { x } }) => ({ outputs: { y: tf.neg(x!) } }), {
      inputs: { x: floats(0), unused: floats(0, 0) },
    });
    expect((await program.run({ x: floats(2), unused: floats(1, 1) }))['y']).toEqual(floats(-2));
    await program.dispose();
  });
});

describe('programs', () => {
  it('do not share state, and one survives the other', async () => {
    const [a, b] = [await engine.compile(accumulate, signature), await engine.compile(accumulate, signature)];
    await a.run({ x: floats(1, 1) });
    await b.run({ x: floats(5, 5) });
    await a.dispose();
    expect((await b.run({ x: floats(0, 0) }))['y']).toEqual(floats(50, 50));
    await b.dispose();
  });

  it('give outputs that later runs leave alone', async () => {
    const program = await engine.compile(accumulate, signature);
    program.setState({ w: floats(1, 1), n: counter });
    const first = await program.run({ x: floats(1, 1) });
    await program.run({ x: floats(1, 1) });
    expect(first['y']).toEqual(floats(10, 10));
    await program.dispose();
  });

  it('repeat themselves bit for bit, compiled anew, on several threads', async () => {
    const n = 64;
    const matrix = (seed: number): HostTensor => ({
      shape: [n, n],
      dtype: 'float32',
      data: Float32Array.from({ length: n * n }, (_, i) => Math.sin(seed + i * 0.37)),
    });
    const inputs = { a: matrix(1), b: matrix(2) };
    const runs: HostTensor[] = [];
    for (let i = 0; i < 2; i++) {
      const program = await onnxEngine({ threads: 2 }).compile(
        ({ inputs: { a, b } }) => ({ outputs: { y: tf.softmax(tf.matMul(tf.matMul(a!, b!), a!)) } }),
        { inputs },
      );
      for (let j = 0; j < 3; j++) runs.push((await program.run(inputs))['y']!);
      await program.dispose();
    }
    for (const run of runs) expect(run.data).toEqual(runs[0]!.data);
  });
});

it('describes what decides the bits', () => {
  expect(onnxEngine({ threads: 3 }).describe()).toMatchObject({
    engine: 'onnx',
    'onnxruntime-node': '1.30.0',
    executionProviders: 'cpu',
    threads: '3',
    instructions: instructionSet(),
  });
});
