// Multiplies matrices on the tensorflow engine with so many threads, the argument, and prints as JSON what the engine says
// of itself and how many threads this process has by then (Linux).
import { readdir } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import { tensorflowEngine } from '../../../src/engine/tensorflow/engine.ts';

const engine = tensorflowEngine({ threads: Number(process.argv[2]) });
const x = { shape: [512, 512], dtype: 'float32', data: new Float32Array(512 * 512).fill(1) } as const;
const program = await engine.compile(
  ({ inputs: { x } }) => ({ outputs: { y: tf.matMul(x as tf.Tensor2D, x as tf.Tensor2D) } }),
  { inputs: { x } },
);
await program.run({ x });
const running = (await readdir('/proc/self/task')).length;
process.stdout.write(JSON.stringify({ described: engine.describe(), running }));
