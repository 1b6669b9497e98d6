// A step in parts of its batch beside the step on the whole batch: real gradients of a small UNet.
import { describe, expect, it } from 'vitest';
import { adamw, drawBatch, emojiUnet, regression, startingWeights } from '../../../../bench/training-case.ts';
import { selectEngine } from '../../../../src/engine/select-engine.ts';
import type { HostTensors } from '../../../../src/engine/engine.ts';
import {
  openSplitTraining,
  openTraining,
  type TrainingProgram,
} from '../../../../src/stages/training/training-program.ts';

const config = {
  ...emojiUnet,
  imageSize: 4,
  modelChannels: 8,
  normGroups: 4,
  numHeadChannels: 8,
  channelMult: [1],
  numResBlocks: 1,
  attentionResolutions: [2],
};
const batchSize = 4;
const batch = drawBatch(config, batchSize);

const task = (microBatch?: number) => ({
  ...regression(config),
  settings: { ...adamw, batchSize, ...(microBatch !== undefined && { microBatch }) },
  inputs: (samples: number) => drawBatch(config, samples),
});

/** The losses of three steps, and the first moments after the first: a tenth of its gradients. */
async function train(program: TrainingProgram, samples = batch) {
  program.setState(program.initialState(startingWeights(config)));
  const losses: number[] = [];
  let first: HostTensors = {};
  for (let n = 0; n < 3; n++) {
    losses.push((await program.step(n, samples, false)).losses['loss']!);
    if (n === 0) first = await program.getState();
  }
  await program.dispose();
  const moments = Object.entries(first).filter(([name]) => name.startsWith('m/'));
  return { losses, moments: moments.flatMap(([, { data }]) => [...data]) };
}

/** The norm of the difference of two vectors over that of the first. */
function relative(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [difference, norm] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    difference += (a[i]! - b[i]!) ** 2;
    norm += a[i]! ** 2;
  }
  return Math.sqrt(difference / norm);
}

describe('microBatch', () => {
  // Not weights: where a gradient is nothing but rounding, AdamW makes a step of full size of it. The onnx engine computes
  // a batch of one by other algorithms than larger ones: 3e-6 between them, of which the whole batch has most.
  it.each([
    ['reference', 1],
    ['reference', 2],
    ['onnx', 2],
  ] as const)(
    'on the engine %s, parts of %i give the losses and gradients of the whole',
    async (name, parts) => {
      const engine = await selectEngine({ engine: name, device: 'cpu', threads: 1 });
      const whole = await train(await openTraining(engine, task()));
      const inParts = await train(await openSplitTraining(engine, task(parts)));
      expect(relative(whole.losses, inParts.losses)).toBeLessThan(1e-6);
      expect(inParts.moments).toHaveLength(whole.moments.length);
      expect(relative(whole.moments, inParts.moments)).toBeLessThan(1e-6);
    },
  );

  it('of the first samples alone would not', async () => {
    const engine = await selectEngine({ engine: 'onnx', device: 'cpu', threads: 1 });
    const whole = await train(await openTraining(engine, task()));
    const half = { ...task(), settings: { ...adamw, batchSize: 2 } };
    const other = await train(await openTraining(engine, half), drawBatch(config, 2));
    expect(relative(whole.losses, other.losses)).toBeGreaterThan(1e-4);
    expect(relative(whole.moments, other.moments)).toBeGreaterThan(1e-2);
  });
});
