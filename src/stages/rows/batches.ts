// Runs a compiled function over many samples in batches of one fixed size; the last batch is filled up by repeating
// its last sample and the surplus is dropped, so no second program is compiled.
import type { HostTensor, Program, TensorSpec } from '../../engine/engine.ts';
import { InterruptedError } from '../../errors.ts';
import type { CommonContext } from '../stage.ts';

export interface BatchRun {
  readonly program: Pick<Program, 'run'>;
  readonly input: { readonly name: string; readonly spec: TensorSpec };
  readonly output: string;
  /** Index of the first sample and the number of the one after the last. */
  readonly from?: number;
  readonly count: number;
  readonly unit: string;
  /** Input values of samples `indices`. */
  readonly read: (indices: readonly number[]) => Promise<Float32Array>;
  /** Takes the outputs of `length` samples, from sample `start` on. */
  readonly write: (data: Float32Array, start: number, length: number) => void | Promise<void>;
}

/** Runs all batches in order, with progress. Throws InterruptedError between batches when the signal aborts. */
export async function runBatches(
  { emit, signal }: Pick<CommonContext, 'emit' | 'signal'>,
  { program, input, output, from = 0, count, unit, read, write }: BatchRun,
): Promise<void> {
  const batchSize = input.spec.shape[0]!;
  for (let start = from; start < count; start += batchSize) {
    if (signal.aborted) throw new InterruptedError();
    const length = Math.min(batchSize, count - start);
    const indices = Array.from({ length: batchSize }, (_, slot) => start + Math.min(slot, length - 1));
    const tensor: HostTensor = { ...input.spec, data: await read(indices) };
    const result = (await program.run({ [input.name]: tensor }))[output]!;
    const sampleSize = result.data.length / batchSize;
    await write((result.data as Float32Array).subarray(0, length * sampleSize), start, length);
    emit({ type: 'progress', done: start + length, total: count, unit });
  }
}
