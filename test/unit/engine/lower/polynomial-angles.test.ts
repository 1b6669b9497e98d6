import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { encodeModel } from '../../../../src/engine/onnx/encode.ts';
import { bind, Session } from '../../../../src/engine/onnx/session.ts';
import { trace } from '../../../../src/engine/trace/trace.ts';

/** Angles of timestep embeddings and far beyond, of both signs, with the quarters of a turn. */
const angles = Float32Array.from([
  ...Array.from({ length: 4001 }, (_, i) => (i - 2000) / 2),
  ...Array.from({ length: 41 }, (_, i) => ((i - 20) * Math.PI) / 2),
  ...[0, 1e-30, -1e-6, 9999.5, -10_000],
]);

test.each([
  ['sin', tf.sin, Math.sin],
  ['cos', tf.cos, Math.cos],
] as const)('%s as a polynomial is that of the angle in float32', async (_, kernel, exact) => {
  const spec = { shape: [angles.length], dtype: 'float32' } as const;
  const graph = trace(
    ({ inputs: { x } }) => ({ outputs: { y: kernel(x!) } }),
    { inputs: { x: spec } },
    { blockedChannels: 0, fixedBatch: true, polynomialAngles: true },
  );
  expect(graph.nodes.map(({ op }) => op)).not.toContain(kernel === tf.sin ? 'Sin' : 'Cos');
  const session = await Session.create(encodeModel(graph), {
    threads: 1,
    device: 'cpu',
    optimization: 'all',
  });
  const [input, output] = [graph.inputs[0]!.name, graph.outputs[0]!.name];
  const { [output]: y } = await session.run(
    { [input]: bind(angles, 'float32', spec.shape) },
    { [output]: null },
  );
  await session.dispose();
  const errors = [...(y!.data as Float32Array)].map((value, i) => Math.abs(value - exact(angles[i]!)));
  expect(Math.max(...errors)).toBeLessThan(1e-6);
});
