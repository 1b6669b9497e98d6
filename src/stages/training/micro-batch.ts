// Settings of training once it is decided how many samples are computed at once.
import { InvariantError } from '../../errors.ts';

/** As an experiment says it: `auto` is decided before stages run (runner/fit-memory.ts). */
export interface AskedParts {
  readonly batchSize: number;
  readonly microBatch?: number | 'auto';
}

export function decided<T extends AskedParts>(
  settings: T,
): Omit<T, 'microBatch'> & { readonly microBatch?: number } {
  const { microBatch, ...others } = settings;
  if (microBatch === 'auto') throw new InvariantError('microBatch: auto was not decided');
  return { ...others, ...(microBatch !== undefined && { microBatch }) };
}
