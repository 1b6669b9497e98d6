// Predicted peaks of trainings: what they grow with. How far they hold is measured by bench/memory.ts.
import { describe, expect, it } from 'vitest';
import { adamw, emojiUnet } from '../../../../bench/training-case.ts';
import { countParams } from '../../../../src/models/init-params.ts';
import { compilableTask, type DiffusionTask } from '../../../../src/stages/training/diffusion-task.ts';
import { roughPeakBytes, trainingPeaks } from '../../../../src/stages/training/training-peak.ts';

const unet = {
  ...emojiUnet,
  imageSize: 8,
  modelChannels: 8,
  normGroups: 4,
  numHeadChannels: 8,
  channelMult: [1, 2],
  numResBlocks: 1,
  attentionResolutions: [2],
};
const learned: DiffusionTask = { unet, latentShape: [4, 8, 8], keepsEmbedder: false };
const task = compilableTask(learned);
const peaks = (batchSize: number, device: 'cpu' | 'webgpu' = 'cpu') =>
  trainingPeaks(task, { ...adamw, batchSize }, device);

describe('trainingPeaks', () => {
  it('adds up the process, the weights and what is planned for tensors', () => {
    const { bytes, activationBytes } = peaks(4)(4);
    expect(bytes).toBe(268 * 2 ** 20 + 6 * 4 * countParams(task.specs) + activationBytes);
  });

  it('goes on as a straight line beyond the samples that are traced', () => {
    const [at8, at16, at32] = [8, 16, 32].map((batch) => peaks(batch)(batch).activationBytes);
    expect(at32! - at16!).toBe(2 * (at16! - at8!));
    // Not far from what the graph of so many samples says.
    const told = peaks(32, 'webgpu')(16).activationBytes / peaks(32, 'webgpu')(8).activationBytes;
    expect(told).toBeGreaterThan(1.6);
  });

  it('takes less for fewer samples at once, and more for weights than a whole batch does', () => {
    const of = peaks(16);
    const sizes = [1, 2, 4, 8].map((samples) => of(samples).activationBytes);
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
    expect(of(8).activationBytes).toBeLessThan(of(16).activationBytes);
    expect(of(1).bytes - of(1).activationBytes).toBeGreaterThan(of(16).bytes - of(16).activationBytes);
  });

  it('needs no weights of a frozen teacher to count them three times', () => {
    const taught = compilableTask({ ...learned, consistency: { teacher: unet } });
    const { bytes, activationBytes } = trainingPeaks(taught, { ...adamw, batchSize: 2 }, 'cpu')(2);
    expect(bytes - activationBytes).toBe(268 * 2 ** 20 + (6 + 3) * 4 * countParams(task.specs));
  });
});

it('a rough number is far above the prediction', () => {
  for (const samples of [1, 4, 8])
    expect(roughPeakBytes(learned, samples) - 268 * 2 ** 20).toBeGreaterThan(
      3 * peaks(samples)(samples).activationBytes,
    );
});
