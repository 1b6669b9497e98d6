// Every lowered kernel has cases, and every kernel that is not lowered fails by its name.
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import type { TensorFunction } from '../../src/engine/engine.ts';
import { onnxEngine } from '../../src/engine/onnx/engine.ts';
import { kernels, UnsupportedOpError } from '../../src/engine/trace/trace.ts';
import { convCases } from './cases/conv.ts';
import { elementwiseCases } from './cases/elementwise.ts';
import { fusedCases } from './cases/fused.ts';
import { layoutCases } from './cases/layout.ts';
import { matmulCases } from './cases/matmul.ts';
import { reduceCases } from './cases/reduce.ts';
import { unaryCases } from './cases/unary.ts';
import { RandomTensors } from './random-tensors.ts';

const tables = [elementwiseCases, unaryCases, layoutCases, reduceCases, matmulCases, convCases, fusedCases];

test('every lowered kernel has conformance cases, and every case a lowered kernel', () => {
  const covered = tables.flatMap((table) =>
    Object.entries(table).flatMap(([kernel, cases]) => (cases.length > 0 ? [kernel] : [])),
  );
  expect(covered.sort()).toEqual(Object.keys(kernels).sort());
});

const random = new RandomTensors(8);

/** Compiles `fn` of x [2, 4, 4, 3] and gives the error. */
async function failure(fn: (x: tf.Tensor4D) => tf.Tensor): Promise<unknown> {
  const traced: TensorFunction = ({ inputs }) => ({ outputs: { y: fn(inputs['x'] as tf.Tensor4D) } });
  return onnxEngine()
    .compile(traced, { inputs: { x: random.float([2, 4, 4, 3]) } })
    .then(
      () => undefined,
      (error: unknown) => error,
    );
}

const notLowered = tf
  .getKernelsForBackend('cpu')
  .map(({ kernelName }) => kernelName)
  .filter((name) => !(name in kernels));

test.each(notLowered)('%s is not lowered and fails by its name', async (name) => {
  const error = await failure((x) => tf.engine().runKernel(name, { x }));
  expect(error).toBeInstanceOf(UnsupportedOpError);
  expect(error).toMatchObject({ op: name, message: expect.stringContaining(name) as string });
});

test.each<[kernel: string, use: string, fn: (x: tf.Tensor4D) => tf.Tensor]>([
  ['TopK', 'topk', (x) => tf.topk(x, 2).values],
  ['Atan2', 'atan2', (x) => tf.atan2(x, x)],
  ['ResizeBilinear', 'resizeBilinear', (x) => tf.image.resizeBilinear(x, [8, 8])],
  [
    'MaxPoolGrad',
    'the gradient of maxPool',
    tf.grad((x: tf.Tensor) => tf.maxPool(x as tf.Tensor4D, 2, 2, 0)),
  ],
  ['Cumprod', 'the gradient of prod', tf.grad((x: tf.Tensor) => tf.prod(x, 1))],
])('%s, reached by %s, fails by its name', async (kernel, _, fn) => {
  const error = await failure(fn);
  expect(error).toBeInstanceOf(UnsupportedOpError);
  expect(error).toMatchObject({ op: kernel });
});

test('the engine compiles again after an op that failed', async () => {
  expect(await failure((x) => tf.topk(x, 2).values)).toBeInstanceOf(UnsupportedOpError);
  expect(await failure((x) => tf.relu(x))).toBeUndefined();
});
