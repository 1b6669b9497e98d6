// Reads the golden cases and names the engines that must reproduce them.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs';
import { expect } from 'vitest';
import { SafetensorsFile } from '../../src/weights/safetensors/safetensors.ts';
import { openWeights } from '../../src/weights/weights-source.ts';
import type { Engine, HostTensor, HostTensors, TensorSpecs } from '../../src/engine/engine.ts';
import { onnxEngine } from '../../src/engine/onnx/engine.ts';
import { referenceEngine } from '../../src/engine/eager.ts';
import { tensorflowWherePresent } from './tensorflow.ts';
import type { Params } from '../../src/nn/params.ts';

/** A tensor of a golden file: I64 as numbers in a Float64Array, F64 kept in full. */
export interface GoldenTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array;
}

export type GoldenTensors = Readonly<Record<string, GoldenTensor>>;

const engines = [referenceEngine(), onnxEngine({ threads: 2 }), ...tensorflowWherePresent()];

/** The engines under test. */
export function goldenEngines(): Engine[] {
  return engines;
}

/** Those that compute large networks in seconds. */
export function fastGoldenEngines(): Engine[] {
  return engines.filter(({ name }) => name !== 'reference');
}

/** Where a file of the golden data lies. */
export function goldenPath(name: string): string {
  return fileURLToPath(new URL(`../golden/${name}`, import.meta.url));
}

export function goldenJson(name: string): unknown {
  return JSON.parse(goldenText(name));
}

function goldenText(name: string): string {
  return readFileSync(goldenPath(name), 'utf8');
}

/** All tensors of a golden safetensors file, e.g. 'unet-wg/io.safetensors'. */
export async function goldenTensors(name: string): Promise<GoldenTensors> {
  const file = await SafetensorsFile.open(goldenPath(name));
  try {
    const tensors: [string, GoldenTensor][] = [];
    for (const [key, entry] of file.header.entries) {
      const decode = decoders[entry.dtype];
      if (decode === undefined) throw new Error(`${name}: ${key} is of an unexpected type`);
      tensors.push([key, { shape: entry.shape, data: decode((await file.bytes(entry)).buffer) }]);
    }
    return Object.fromEntries(tensors);
  } finally {
    await file.close();
  }
}

const decoders: Readonly<Record<string, (bytes: ArrayBuffer) => GoldenTensor['data']>> = {
  I64: (bytes) => Float64Array.from(new BigInt64Array(bytes), Number),
  F32: (bytes) => new Float32Array(bytes),
  F64: (bytes) => new Float64Array(bytes),
};

/** The weights of a golden case, named without `prefix`; entries outside it are left out. */
export async function goldenWeights(caseName: string, prefix = ''): Promise<HostTensors> {
  const checkpoint = goldenPath(`${caseName}/model.ckpt`);
  const source = await openWeights(
    existsSync(checkpoint) ? checkpoint : goldenPath(`${caseName}/model.safetensors`),
  );
  const weights: Record<string, HostTensor> = {};
  for (const name of source.entries.keys())
    if (name.startsWith(prefix)) weights[name.slice(prefix.length)] = float32(await source.read(name));
  await source.close();
  return weights;
}

export function get<T>(record: Readonly<Record<string, T>>, name: string): T {
  const value = record[name];
  if (value === undefined) throw new Error(`no ${name} in the golden data`);
  return value;
}

export function float32({ shape, data }: GoldenTensor | HostTensor): HostTensor {
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
