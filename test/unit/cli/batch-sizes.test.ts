import { describe, expect, it } from 'vitest';
import { checkBatchSizes } from '../../../src/cli/run-over-mpi.ts';
import { smallExperiment } from '../../support/experiments/small-experiment.ts';

describe('checkBatchSizes', () => {
  const { distill } = smallExperiment;
  it('takes numbers of ranks that divide every batch', () => {
    expect(() => {
      checkBatchSizes(smallExperiment, distill.batchSize);
    }).not.toThrow();
  });

  it('names every batch that cannot be shared evenly', () => {
    expect(() => {
      checkBatchSizes({ ...smallExperiment, distill: { ...distill, batchSize: 6 } }, 4);
    }).toThrow(/distill\.batchSize 6: not divisible by 4 ranks/);
  });
});
