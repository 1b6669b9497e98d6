import { expect, it } from 'vitest';
import type { ImageDataset } from '../../../src/datasets/dataset.ts';
import { streamSamples } from '../../../src/datasets/sample-stream.ts';
import { InterruptedError } from '../../../src/errors.ts';

/** Samples that resolve in disorder and count how many are under way or waiting. */
function slow(): { dataset: ImageDataset; most: () => number; taken: () => void } {
  let held = 0;
  let most = 0;
  const dataset: ImageDataset = {
    count: 50,
    size: 1,
    digest: '',
    corrupt: [],
    name: String,
    read: async (index) => {
      most = Math.max(most, ++held);
      await new Promise((resolve) => setTimeout(resolve, (index * 7) % 5));
      if (index === 40) throw new Error('sample 40 is gone');
      return Uint8Array.of(index);
    },
  };
  return { dataset, most: () => most, taken: () => held-- };
}

it('gives samples in the order asked for, a bounded number ahead', async () => {
  const { dataset, most, taken } = slow();
  const indices = [3, 1, 2, ...Array.from({ length: 30 }, (_, i) => i), 3];
  const seen: number[] = [];
  for await (const sample of streamSamples(dataset, indices, { ahead: 4 })) {
    seen.push(sample[0]!);
    taken();
  }
  expect(seen).toEqual(indices);
  expect(most()).toBe(5);
});

it('fails at the turn of the sample that fails', async () => {
  const seen: number[] = [];
  const run = async (): Promise<void> => {
    const indices = [38, 39, 40, 41];
    for await (const sample of streamSamples(slow().dataset, indices)) seen.push(sample[0]!);
  };
  await expect(run()).rejects.toThrow('sample 40 is gone');
  expect(seen).toEqual([38, 39]);
});

it('stops when the signal aborts', async () => {
  const stop = new AbortController();
  const run = async (): Promise<void> => {
    const stream = streamSamples(slow().dataset, [0, 1, 2, 3, 4], { ahead: 1, signal: stop.signal });
    for await (const sample of stream) if (sample[0] === 1) stop.abort();
  };
  await expect(run()).rejects.toThrow(InterruptedError);
});
