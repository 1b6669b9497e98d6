// Batch sizes that several processes cannot share evenly (`distributed: mpi`).
import type { Experiment } from './types.generated.ts';

/** `teacher.train.batchSize 6: not divisible by 4 ranks`; undefined where all batches can be shared. */
export function unevenBatches(
  { autoencoder, teacher, distill }: Experiment,
  ranks: number,
): string | undefined {
  const sizes: Readonly<Record<string, number | undefined>> = {
    'autoencoder.train.batchSize': autoencoder.kind === 'none' ? undefined : autoencoder.train?.batchSize,
    'teacher.train.batchSize': teacher.train?.batchSize,
    'distill.batchSize': distill.batchSize,
  };
  const uneven = Object.entries(sizes).filter(([, size]) => size !== undefined && size % ranks !== 0);
  if (uneven.length === 0) return undefined;
  return `${uneven.map(([name, size]) => `${name} ${size}`).join(', ')}: not divisible by ${ranks} ranks`;
}
