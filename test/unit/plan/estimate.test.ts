// Estimates against numbers worked out by hand, with networks of round costs.
import { describe, expect, it } from 'vitest';
import type { Experiment } from '../../../src/config/types.generated.ts';
import { compilePlan } from '../../../src/plan/compile.ts';
import { deviceHours, estimatePlan, totalOf, type StageEstimate } from '../../../src/plan/estimate.ts';
import { trajectoriesOf, type Probe } from '../../../src/plan/probes.ts';
import type { CostModel } from '../../../src/stages/describing/estimate.ts';
import { smallExperiment, smallExternals } from '../../support/experiments/small-experiment.ts';

/** Teacher (64 channels) 1000 MACs, students 100; attention a tenth; parameters as written. */
const costs: CostModel = {
  unet: ({ modelChannels }) =>
    modelChannels === 64
      ? { params: 5000, macs: 1000, attentionMacs: 100 }
      : { params: 500, macs: 100, attentionMacs: 10 },
  encoder: () => ({ params: 700, macs: 30, attentionMacs: 5 }),
  decoder: () => ({ params: 700, macs: 60, attentionMacs: 5 }),
  conditioner: () => ({ params: 40, macs: 7, attentionMacs: 0 }),
  extractor: () => ({ params: 900, macs: 200, attentionMacs: 0 }),
  alignment: () => ({ params: 20, macs: 3, attentionMacs: 0 }),
};

function estimate(
  changes: Partial<Experiment> = {},
  images: Readonly<Record<string, number>> = { dataset: 50 },
  probes: readonly Probe[] = [],
): Record<string, StageEstimate> {
  const externals = { ...smallExternals, fileDigests: { t: 't', c: 'c', v: 'v' } };
  const plan = compilePlan({ ...smallExperiment, ...changes }, externals, probes);
  return Object.fromEntries(estimatePlan(plan, { costs, images }).map((stage) => [stage.id, stage]));
}

const figures = {
  ...{ count: 4, frames: 2, batchSize: 2, spectrumImages: 8, prompts: [], throughputBatch: 64 },
  ...{ samplerImages: 4, samplerReference: 100 },
};

const byClass: Pick<Experiment, 'conditioning' | 'sample'> = {
  conditioning: { kind: 'class', classes: 3, width: 8, dropRate: 0.1, embedder: 'copy' },
  sample: { ...smallExperiment.sample, guidanceScale: 2 },
};

describe('estimatePlan', () => {
  it('training is three forward passes of every sample of every step', () => {
    const { teacher, autoencoder } = estimate();
    expect(teacher!.flop).toBe(20 * 4 * 3 * 2 * 1100);
    expect(teacher!.amount).toEqual({ unit: 'steps', count: 20, batchSize: 4 });
    expect(autoencoder!.flop).toBe(20 * 4 * 3 * 2 * 100); // encoder and decoder
    expect(autoencoder!.network).toEqual({ params: 700, macs: 90, attentionMacs: 10 });
  });

  it("distillation adds the teacher's forward pass and the alignment, where the loss has them", () => {
    const { 'distill:lite': lite, 'distill:sd': sd } = estimate();
    expect(lite!.flop).toBe(20 * 4 * 2 * (3 * 110));
    expect(sd!.flop).toBe(20 * 4 * 2 * (3 * (110 + 3) + 1100));
  });

  it('sampling counts the steps that DDIM takes, then the decoder', () => {
    const sample = estimate()['sample:teacher']!;
    expect(sample.flop).toBe(8 * 2 * (10 * 1100 + 65));
    const { sample: settings } = smallExperiment;
    // 400 does not divide 1000: latent-diffusion takes 500 steps.
    const taken = estimate({ sample: { ...settings, steps: 400 } })['sample:teacher']!;
    expect(taken.amount).toEqual({ unit: 'images', count: 8, timeSteps: 500 });
    expect(taken.flop).toBe(8 * 2 * (500 * 1100 + 65));
  });

  it("Heun's method predicts twice in each step but the last", () => {
    const { sample: settings } = smallExperiment;
    const sample = estimate({ sample: { ...settings, sampler: 'heun' } })['sample:teacher']!;
    expect(sample.amount).toEqual({ unit: 'images', count: 8, timeSteps: 10, evaluations: 19 });
    expect(sample.flop).toBe(8 * 2 * (19 * 1100 + 65));
    const multistep = estimate({ sample: { ...settings, sampler: 'dpm-solver++' } })['sample:teacher']!;
    expect(multistep.flop).toBe(8 * 2 * (10 * 1100 + 65));
  });

  it('guidance doubles the predictions; the embedder is counted with them', () => {
    const guided = estimate(byClass);
    expect(guided['sample:sd']!.flop).toBe(8 * 2 * (10 * 2 * (110 + 7) + 65));
    expect(guided['sample:sd']!.amount).toMatchObject({ guided: true });
    expect(guided['teacher']!.flop).toBe(20 * 4 * 2 * 3 * (1100 + 7));
    // The student's copied embedder runs forward only, and so does the teacher's.
    expect(guided['distill:sd']!.flop).toBe(20 * 4 * 2 * (3 * (110 + 3) + 1100 + 7 + 7));
    const plain = estimate({ ...byClass, sample: smallExperiment.sample });
    expect(plain['sample:sd']!.flop).toBe(8 * 2 * (10 * (110 + 7) + 65));
  });

  it("CLIP's encoder is nobody's to train, and shared by student and teacher", () => {
    const checkpoint = { path: 'c', ema: 'prefer' as const };
    const contextBytes = 77 * 768 * 4;
    const watched = trajectoriesOf(new Set(['sd']), figures);
    const withRoom = (captions: number, images = 50) => {
      const cacheGiB = (captions * contextBytes) / 2 ** 30;
      const encoder = { kind: 'clip' as const, checkpoint, vocabulary: 'v', cacheGiB };
      return estimate(
        { conditioning: { kind: 'text', encoder, dropRate: 0.1, embedder: 'copy' } },
        { dataset: images },
        [watched],
      );
    };
    const told = withRoom(0);
    expect(told['teacher']!.flop).toBe(20 * 4 * 2 * (3 * 1100 + 7));
    expect(told['distill:sd']!.flop).toBe(20 * 4 * 2 * (3 * (110 + 3) + 1100 + 7));
    expect(told['teacher']!.diskBytes).toBe(2 * 4 * 5000);
    // Before sampling, not in each of its time steps.
    expect(told['sample:sd']!.flop).toBe(8 * 2 * (10 * 110 + 7 + 65));
    expect(told['trajectory:sd']!.flop).toBe(4 * 2 * (10 * 110 + 7 + (2 + 1) * 65));

    // 50 captions and none, each once.
    const checkpoints = told['teacher']!.scratchBytes!;
    expect(withRoom(99)['teacher']!.flop).toBe(2 * (20 * 4 * 3 * 1100 + 51 * 7));
    expect(withRoom(99)['teacher']!.scratchBytes).toBe(checkpoints + 51 * contextBytes);
    // Room for a third: of 80 that are drawn, two thirds are encoded as often as drawn.
    expect(withRoom(17)['distill:sd']!.flop).toBeCloseTo(
      2 * (20 * 4 * (3 * (110 + 3) + 1100) + ((80 * 2) / 3 + 17) * 7),
      6,
    );
    // No more than are drawn.
    expect(withRoom(1e6, 1e6 - 1)['teacher']!.flop).toBe(20 * 4 * 2 * (3 * 1100 + 7));
  });

  it('images are encoded and scored once', () => {
    const { latents, reference, 'evaluate:sd': scored } = estimate();
    expect(latents!.flop).toBe(50 * 2 * 35);
    expect(reference!.flop).toBe(50 * 2 * 200);
    expect(scored!.flop).toBe(8 * 2 * 200);
    const evaluate = { ...smallExperiment.evaluate, referenceCount: 6 };
    expect(estimate({ evaluate })['reference']!.amount).toEqual({ unit: 'images', count: 6 });
    expect(
      estimate({ evaluate: { ...evaluate, referenceStats: 't', metrics: ['fid'] } })['reference']!.flop,
    ).toBe(0);
  });

  it('zero-shot scores use the images of their own data set', () => {
    const evaluate = { ...smallExperiment.evaluate, dataset: smallExperiment.dataset };
    const { latents, reference } = estimate({ evaluate }, { dataset: 50, 'dataset:evaluation': 7 });
    expect([latents!.amount!.count, reference!.amount!.count]).toEqual([50, 7]);
  });

  it('disk: pixels, latents with deviations, features, and weights twice', () => {
    const stages = estimate();
    expect(stages['dataset']!.diskBytes).toBe(50 * 16 * 16 * 3);
    expect(stages['latents']!.diskBytes).toBe(50 * 4 * 8 * 8 * 4 * 2);
    expect(stages['reference']!.diskBytes).toBe(50 * 2048 * 4 + 2049 * 2048 * 8);
    expect(stages['distill:sd']!.diskBytes).toBe(2 * 4 * 500 + 2 * 4 * 20);
    expect(stages['sample:sd']!.diskBytes).toBe(8 * 16 * 16 * 3);
    expect(stages['distill:lite']!.scratchBytes).toBe(2 * 4 * 4 * 500); // two checkpoints
  });

  it('memory: the state, gradients, frozen networks and the latents', () => {
    const { teacher, 'distill:sd': sd, 'sample:sd': sample } = estimate();
    const latents = 50 * 4 * 8 * 8 * 4 * 2;
    expect(teacher!.memoryBytes).toBe((4 + 1) * 4 * 5000 + latents);
    expect(sd!.memoryBytes).toBe((4 + 1) * 4 * (500 + 20) + 4 * 5000 + latents);
    expect(sample!.memoryBytes).toBe(4 * (500 + 700));
  });

  it('loaded weights cost no compute', () => {
    const teacher = { unet: smallExperiment.teacher.unet, checkpoint: { path: 't', ema: 'prefer' as const } };
    expect(estimate({ teacher })['teacher']).toMatchObject({ flop: 0, diskBytes: 2 * 4 * 5000 });
  });

  it('what depends on an unknown number of images is unknown', () => {
    const stages = estimate({}, {});
    expect(stages['latents']).toMatchObject({ flop: undefined, diskBytes: undefined });
    expect(stages['teacher']!.memoryBytes).toBeUndefined();
    expect(stages['teacher']!.flop).toBe(20 * 4 * 3 * 2 * 1100);
    expect(totalOf(Object.values(stages)).isLowerBound).toBe(true);
  });
});

describe('totalOf', () => {
  it('adds compute and disk, and takes the largest memory', () => {
    const stage = { id: 'a', flop: 3, diskBytes: 10, scratchBytes: 4, memoryBytes: 7 };
    const other = { id: 'b', flop: 5, diskBytes: 1, scratchBytes: 9, memoryBytes: 6 };
    expect(totalOf([stage, other])).toEqual({
      flop: 8,
      diskBytes: 11,
      scratchBytes: 9,
      memoryBytes: 7,
      isLowerBound: false,
    });
  });

  it('one PFLOP takes 1000 seconds at 1 TFLOPS', () => {
    expect(deviceHours(1e15, 1)).toBeCloseTo(1000 / 3600, 12);
  });
});
