// Samples one after another with a few decoded ahead: a fixed number in memory, whatever the size of the set.
import { InterruptedError } from '../errors.ts';
import type { ImageDataset } from './dataset.ts';

export interface SampleStreamOptions {
  /** Samples that may be decoded or waiting at once, the one handed out not counted; 16 if absent. */
  readonly ahead?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The samples at `indices`, in that order: RGB [size, size, 3] uint8. Throws what reading throws, at that sample's
 * turn, and InterruptedError when the signal aborts.
 */
export async function* streamSamples(
  dataset: ImageDataset,
  indices: Iterable<number>,
  { ahead = 16, signal }: SampleStreamOptions = {},
): AsyncGenerator<Uint8Array> {
  const waiting: Promise<Uint8Array>[] = [];
  const start = (index: number): void => {
    const sample = dataset.read(index);
    sample.catch(() => undefined); // reported at its turn
    waiting.push(sample);
  };
  for (const index of indices) {
    if (signal?.aborted === true) throw new InterruptedError();
    start(index);
    if (waiting.length > ahead) yield await waiting.shift()!;
  }
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    if (signal?.aborted === true) throw new InterruptedError();
    yield await next;
  }
}
