// Reads the golden cases and names the engines that must reproduce them.
import { existsSync, readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import type { Engine, HostTensor, HostTensors, TensorSpecs } from '../../src/engine/engine.ts';
import { referenceEngine } from '../../src/engine/reference.ts';
import type { Params } from '../../src/nn/params.ts';

/** A tensor of a golden file: I64 as numbers in a Float64Array, F64 kept in full. */
export interface GoldenTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array;
}

export type GoldenTensors = Readonly<Record<string, GoldenTensor>>;

/** The engines under test. */
export function goldenEngines(): Engine[] {
  return [referenceEngine()];
}

function pathOf(name: string): string {
  return new URL(name, import.meta.url).pathname;
}

export function goldenJson(name: string): unknown {
  return JSON.parse(readFileSync(pathOf(name), 'utf8'));
}

export function goldenText(name: string): string {
  return readFileSync(pathOf(name), 'utf8');
}

/** All tensors of a golden safetensors file, e.g. 'unet-wg/io.safetensors'. */
export function goldenTensors(name: string): GoldenTensors {
  return readTensors(pathOf(name));
}

function readTensors(path: string): GoldenTensors {
  const bytes = new Uint8Array(readFileSync(path)).slice().buffer;
  const headerLength = Number(new DataView(bytes).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.slice(8, 8 + headerLength))) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const start = 8 + headerLength;
  return Object.fromEntries(
    Object.entries(header)
      .filter(([key]) => key !== '__metadata__')
      .map(([key, { dtype, shape, data_offsets: [from, to] }]) => {
        const raw = bytes.slice(start + from, start + to);
        if (dtype === 'F32') return [key, { shape, data: new Float32Array(raw) }];
        if (dtype === 'F64') return [key, { shape, data: new Float64Array(raw) }];
        if (dtype === 'I64') return [key, { shape, data: Float64Array.from(new BigInt64Array(raw), Number) }];
        throw new Error(`${path}: ${key} is ${dtype}`);
      }),
  );
}

/** The weights of a golden case, named without `prefix`; entries outside it are left out. */
export function goldenWeights(caseName: string, prefix = ''): HostTensors {
  const file = existsSync(pathOf(`${caseName}/model.ckpt`))
    ? `/tmp/gdev/${caseName}.safetensors`
    : pathOf(`${caseName}/model.safetensors`);
  return Object.fromEntries(
    Object.entries(readTensors(file))
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), float32(tensor)]),
  );
}

export function get<T>(record: Readonly<Record<string, T>>, name: string): T {
  const value = record[name];
  if (value === undefined) throw new Error(`no ${name} in the golden data`);
  return value;
}

export function float32({ shape, data }: GoldenTensor): HostTensor {
  return { shape, dtype: 'float32', data: Float32Array.from(data) };
}

export function int32({ shape, data }: GoldenTensor): HostTensor {
  return { shape, dtype: 'int32', data: Int32Array.from(data) };
}

export function specsOf(tensors: HostTensors): TensorSpecs {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, dtype }]) => [name, { shape, dtype }]),
  );
}

/** ||actual - expected|| / ||expected||, in float64. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  let [difference, norm] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    difference += (Number(actual[i]) - Number(expected[i])) ** 2;
    norm += Number(expected[i]) ** 2;
  }
  return Math.sqrt(difference / norm);
}

/** Fails unless the relative error is under `tolerance` (NaN fails too). */
export function expectClose(
  actual: HostTensor | ArrayLike<number> | undefined,
  expected: GoldenTensor,
  tolerance: number,
  label = '',
): void {
  if (actual === undefined) throw new Error(`nothing was computed ${label}`);
  const isTensor = 'shape' in actual;
  if (isTensor) expect(actual.shape, label).toEqual(expected.shape);
  expect(relativeError(isTensor ? actual.data : actual, expected.data), label).toBeLessThan(tolerance);
}

/** Value of a scalar loss of `params` and its gradient by parameter name. */
export function valueAndGradients(
  loss: (params: Params) => tf.Tensor,
  params: Params,
): { value: tf.Tensor; gradients: Readonly<Record<string, tf.Tensor>> } {
  const names = Object.keys(params);
  const named = (tensors: readonly tf.Tensor[]): Params =>
    Object.fromEntries(tensors.map((tensor, i) => [names[i] ?? '', tensor]));
  const { value, grads } = tf.valueAndGrads((...tensors: tf.Tensor[]) => loss(named(tensors)))(
    names.map((name) => get(params, name)),
  );
  return { value, gradients: named(grads) };
}
