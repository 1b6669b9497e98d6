// A small complete experiment, resolved: what the tests of plans and runs vary.
import type { Externals } from '../../../src/plan/compile.ts';
import { variation } from './family.ts';

const training = {
  steps: 20,
  batchSize: 4,
  learningRate: 1e-3,
  lrSchedule: 'linear-decay',
  warmupSteps: 0,
  weightDecay: 0.01,
  emaDecay: 0.99,
  checkpointEvery: 10,
  logEvery: 5,
};

export const smallExperiment = variation({
  name: 'small',
  seed: null,
  threads: null,
  dataset: { categories: null },
  autoencoder: { channelMult: [1, 2], zChannels: 4, embedDim: 4, train: training },
  teacher: {
    unet: { modelChannels: 64, channelMult: [1, 2], numHeads: null, numHeadChannels: 32 },
    train: training,
  },
  distill: training,
  sample: { steps: 10, gridColumns: 4, gridRows: 2 },
  evaluate: { metrics: ['fid', 'kid', 'spectrum'], referenceCount: 0, batchSize: 4 },
});

export const smallExternals: Externals = {
  datasetDigest: 'd1'.repeat(32),
  fileDigests: {},
  engine: { name: 'onnx' },
  stageVersions: {
    dataset: 1,
    autoencoder: 1,
    latents: 1,
    reference: 1,
    teacher: 1,
    distill: 1,
    quantize: 1,
    sample: 1,
    evaluate: 1,
    floor: 1,
    analyze: 1,
    fourier: 1,
    trajectory: 1,
    convergence: 1,
  },
};
