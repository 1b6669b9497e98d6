// Runs an asynchronous function over many items with a bound on how many run at once; results keep item order.
import { InterruptedError } from '../errors.ts';

export interface OrderedMapOptions {
  /** How many calls may run at once. */
  readonly width: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Throws the first failure; once one call fails or the signal aborts, no further item is started. */
export async function orderedMap<T, R>(
  items: readonly T[],
  fn: (item: T, index: number) => Promise<R>,
  { width, signal, onProgress }: OrderedMapOptions,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  let done = 0;
  let failed = false;
  const worker = async (): Promise<void> => {
    while (next < items.length && !failed) {
      if (signal?.aborted === true) throw new InterruptedError();
      const index = next++;
      results[index] = await fn(items[index]!, index);
      onProgress?.(++done, items.length);
    }
  };
  const guarded = async (): Promise<void> => {
    try {
      await worker();
    } catch (error) {
      failed = true;
      throw error;
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, guarded));
  return results;
}
