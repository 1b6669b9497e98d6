// Trainings fitted into machines of all sizes: how many samples `auto` takes, and what is refused.
import { describe, expect, it, vi } from 'vitest';
import { compilePlan } from '../../../src/plan/compile.ts';
import type { Experiment } from '../../../src/config/types.generated.ts';
import { UserError } from '../../../src/errors.ts';
import { fitPlan, fitTraining, machineOf, type Machine } from '../../../src/runner/fit-memory.ts';
import { smallExperiment, smallExternals } from '../../support/experiments/small-experiment.ts';

// Trainings are traced: on a busy machine that takes longer than unit tests may.
vi.setConfig({ testTimeout: 60_000 });

const batchSize = 24;
const settings = { ...smallExperiment.distill, batchSize };
const planOf = (microBatch?: number | 'auto') =>
  compilePlan(
    { ...smallExperiment, distill: { ...settings, ...(microBatch !== undefined && { microBatch }) } },
    smallExternals,
  );
const node = (plan: ReturnType<typeof planOf>) => plan.nodes.find(({ id }) => id === 'distill:sd')!;
const roomy: Machine = { device: 'cpu', memoryBytes: 2 ** 40, ranks: 1 };
const peakOf = (samples: number): number => fitTraining(node(planOf(samples)), roomy)!.fitted.peak.bytes;
const all = (): boolean => true;
const chosen = (machine: Machine): number => fitTraining(node(planOf('auto')), machine)!.fitted.peak.samples;

describe('microBatch: auto', () => {
  it('is the whole batch where it fits', () => {
    expect(chosen(roomy)).toBe(batchSize);
  });

  it('is the largest divisor of the batch that fits with what a prediction may be off by', () => {
    expect(chosen({ ...roomy, memoryBytes: 1.15 * peakOf(12) + 1 })).toBe(12);
    expect(chosen({ ...roomy, memoryBytes: 1.15 * peakOf(12) - 1 })).toBe(8);
    expect(chosen({ ...roomy, memoryBytes: 1 })).toBe(1);
  });

  it('divides the share of each process, where several train together', () => {
    expect(chosen({ ...roomy, ranks: 2 })).toBe(12);
    expect(chosen({ ...roomy, ranks: 3 })).toBe(8);
  });

  it('is decided in the parameters of the stage, and in no key', () => {
    const asked = planOf('auto');
    const { plan, trainings } = fitPlan(asked, { ...roomy, memoryBytes: 1.15 * peakOf(6) + 1 }, all);
    expect(node(plan).params).toMatchObject({ distill: { microBatch: 6 } });
    expect(trainings.map(({ id, chosen: auto }) => [id, auto])).toContainEqual(['distill:sd', true]);
    expect(plan.nodes.map(({ key }) => key)).toEqual(planOf().nodes.map(({ key }) => key));
  });
});

it('takes the gradients of its teacher into account, where a student is pruned', () => {
  const peakOfStudent = (method: 'spectral' | 'pruned'): number => {
    const student = { ...smallExperiment.students['sd']!, method, modelChannels: 32 };
    const plain = { ...student, waveletGating: false, spatial: false, freq: false };
    const plan = compilePlan({ ...smallExperiment, students: { sd: plain } }, smallExternals);
    return fitTraining(node(plan), roomy)!.fitted.peak.bytes;
  };
  expect(peakOfStudent('pruned')).toBeGreaterThan(1.05 * peakOfStudent('spectral'));
});

describe('what cannot fit', () => {
  const refusal = (microBatch: number | 'auto' | undefined, memoryBytes: number): UserError => {
    try {
      fitPlan(planOf(microBatch), { ...roomy, memoryBytes }, ({ id }) => id === 'distill:sd');
    } catch (error) {
      if (error instanceof UserError) return error;
      throw error;
    }
    throw new Error('nothing was refused');
  };

  it('is refused with the setting that helps', () => {
    const { message, hint } = refusal(undefined, 2 ** 28);
    expect(message).toMatch(
      /^distill:sd is predicted to take 0\.\d GiB with 24 samples at once, of 0\.3 GiB that there are$/,
    );
    expect(hint).toMatch(/^set distill\.microBatch=auto,/);
  });

  it('is refused without it where nothing smaller is left', () => {
    expect(refusal('auto', 2 ** 20).hint).toBe(
      'make the network smaller, or take a machine with more memory',
    );
    expect(refusal(1, 2 ** 20).hint).toBe('make the network smaller, or take a machine with more memory');
  });

  it("is nobody's concern where it is in the store, and where the prediction may be wrong by so much", () => {
    const plan = planOf();
    expect(fitPlan(plan, { ...roomy, memoryBytes: 1 }, () => false)).toEqual({ plan, trainings: [] });
    const machine = { ...roomy, memoryBytes: peakOf(batchSize) / 1.1 };
    expect(() => fitPlan(plan, machine, ({ id }) => id === 'distill:sd')).not.toThrow();
  });
});

it('a machine has what is told, else what it has; a GPU does not tell, other engines are not predicted', () => {
  const of = (changes: Partial<Experiment>) => machineOf({ ...smallExperiment, ...changes });
  expect(of({ memory: 24 })).toEqual({ device: 'cpu', memoryBytes: 24 * 2 ** 30, ranks: 1 });
  expect(of({})!.memoryBytes).toBeGreaterThan(2 ** 28);
  expect(of({ device: 'webgpu' })).toEqual({ device: 'webgpu', memoryBytes: undefined, ranks: 1 });
  expect(of({ engine: 'tensorflow' })).toBeUndefined();
});
