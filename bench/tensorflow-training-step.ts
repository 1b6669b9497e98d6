// Claim: the tensorflow engine trains to the onnx engine's losses and keeps no tensor from step to step; and what it costs.
// Both engines take the same steps of the emoji teacher in turn, with as many threads.
//
//     SDX_TENSORFLOW=<folder> npx tsx bench/tensorflow-training-step.ts [steps] [threads]
import * as tf from '@tensorflow/tfjs-core';
import type { Engine } from '../src/engine/engine.ts';
import { onnxEngine } from '../src/engine/onnx/engine.ts';
import { tensorflowEngine } from '../src/engine/tensorflow/engine.ts';
import { trainStep } from '../src/optim/train-step.ts';
import { withSpread } from './statistics.ts';
import { adamw, drawBatch, emojiUnet, regression, startingWeights } from './training-case.ts';

const [steps = 10, threads = 1] = process.argv.slice(2).map(Number);
const batch = drawBatch(emojiUnet, 4);
const step = trainStep(regression(emojiUnet), adamw);

async function start(engine: Engine) {
  const program = await engine.compile(step.fn, { state: step.state, inputs: { ...step.inputs, ...batch } });
  program.setState(step.initialState(startingWeights(emojiUnet)));
  return async (n: number): Promise<{ loss: number; seconds: number }> => {
    const started = performance.now();
    const { loss } = await program.run({ ...batch, ...step.stepScalars(n) });
    return { loss: loss!.data[0]!, seconds: (performance.now() - started) / 1000 };
  };
}

const [onnx, tensorflow] = [onnxEngine({ threads }), tensorflowEngine({ threads })];
const [takeOnnx, takeTensorflow] = [await start(onnx), await start(tensorflow)];
const [times, ratios, differences, tensors]: [number[], number[], number[], number[]] = [[], [], [], []];
for (let n = 0; n < steps; n++) {
  const [a, b] = [await takeOnnx(n), await takeTensorflow(n)];
  differences.push(Math.abs(b.loss / a.loss - 1));
  tensors.push(tf.memory().numTensors);
  if (n === 0) continue; // sessions and threads start in the first step
  times.push(b.seconds);
  ratios.push(b.seconds / a.seconds);
}
const { libtensorflow = '', device = '' } = tensorflow.describe();
console.log(`libtensorflow ${libtensorflow} on the ${device}, ${threads} threads, n ${ratios.length}`);
console.log(`a step        ${withSpread(times)} s, ${withSpread(ratios)} of the onnx engine's`);
console.log(`losses differ by at most ${Math.max(...differences).toExponential(1)} in ${steps} steps`);
console.log(`tensors       ${tensors[0]!} after the first step, ${tensors.at(-1)!} after the last`);
