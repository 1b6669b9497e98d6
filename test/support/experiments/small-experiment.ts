// A small complete experiment, resolved: the base that the tests of plans and runs vary.
import type { Experiment } from '../../../src/config/types.generated.ts';
import type { Externals } from '../../../src/plan/compile.ts';

const training = {
  steps: 20,
  batchSize: 4,
  learningRate: 1e-3,
  lrSchedule: 'linear-decay',
  warmupSteps: 0,
  weightDecay: 0.01,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  gradClip: 0,
  emaDecay: 0.99,
  checkpointEvery: 10,
  logEvery: 5,
} as const;

export const smallExperiment: Experiment = {
  name: 'small',
  description: '',
  seed: 0,
  engine: 'onnx',
  threads: 0,
  distributed: 'none',
  dataset: { kind: 'emoji', size: 16, filter: 'bicubic', skinTones: false },
  autoencoder: {
    kind: 'kl',
    channels: 32,
    channelMult: [1, 2],
    numResBlocks: 1,
    attnResolutions: [],
    zChannels: 4,
    embedDim: 4,
    scaleFactor: 'auto',
    latents: 'moments',
    train: { ...training, klWeight: 1e-6, codebookWeight: 1, flip: true },
  },
  conditioning: { kind: 'none' },
  diffusion: { timesteps: 1000, linearStart: 0.0015, linearEnd: 0.0195 },
  teacher: {
    unet: {
      modelChannels: 64,
      channelMult: [1, 2],
      numResBlocks: 1,
      attentionResolutions: [2],
      numHeadChannels: 32,
      useScaleShiftNorm: false,
      resblockUpdown: false,
      transformerDepth: 1,
    },
    train: training,
  },
  students: {
    lite: { modelChannels: 32, waveletGating: false, waveletFusion: 'conv', spatial: false, freq: false },
    sd: { modelChannels: 32, waveletGating: true, waveletFusion: 'conv', spatial: true, freq: true },
  },
  distill: {
    ...training,
    lambdaS: 0.1,
    lambdaF: 0.1,
    alpha: -1,
    reduction: 'mean',
    dftNorm: 'ortho',
    weightFloor: 0.01,
    taps: 'all',
  },
  sample: {
    steps: 10,
    eta: 0,
    count: 8,
    batchSize: 4,
    useEma: true,
    guidanceScale: 1,
    gridColumns: 4,
    gridRows: 2,
  },
  evaluate: {
    extractor: { kind: 'nsfwjs', inputSize: 75 },
    metrics: ['fid', 'kid', 'spectrum'],
    part: 'held-out',
    referenceCount: 0,
    batchSize: 4,
  },
};

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
    sample: 1,
    evaluate: 1,
    analyze: 1,
  },
};
