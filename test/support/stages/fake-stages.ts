// Stages that only pretend: they count their runs, leave checkpoints and write small files, so that runs can be
// tested in milliseconds. What happens in one of them can be replaced by `behaviour`.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { InterruptedError } from '../../../src/errors.ts';
import type { StageKind } from '../../../src/stages/catalog.ts';
import type { MetricCard } from '../../../src/results/metric-card.ts';
import type { AnyStage, UntypedContext } from '../../../src/stages/stage.ts';

export type FakeContext = UntypedContext;

export interface FakeOptions {
  /** Called in the middle of every stage; throw here, abort, or wait. `id` is the kind and, if any, the model. */
  readonly behaviour?: (id: string, context: FakeContext) => unknown;
}

export interface FakeStages {
  readonly stages: Readonly<Record<StageKind, AnyStage>>;
  /** Ids in the order in which stages started. */
  readonly started: string[];
}

const steps = 4;
const card: MetricCard = {
  extractor: { name: 'fake', digest: 'f0'.repeat(32) },
  inputSize: 75,
  resampler: 'bilinear',
  sampler: 'DDIM',
  eta: 0,
  steps: 10,
  guidanceScale: null,
  n: 8,
  reference: { digest: 'd1'.repeat(32), count: 8, preprocessing: 'none' },
  dtype: 'float32',
  comparableWithPublished: false,
  note: '',
};

const trained = {
  source: 'trained',
  params: 1000,
  steps: 20,
  finalLoss: 0.5,
  curve: [
    { step: 5, loss: 1 },
    { step: 10, loss: 0.5 },
  ],
  seconds: 1,
};
const model = { ...trained, modelChannels: 32, waveletGating: false, macs: 5000, attentionMacs: 100 };

/** A complete summary of each kind of stage. */
export const fakeSummaries: Readonly<Record<StageKind, Readonly<Record<string, unknown>>>> = {
  dataset: {
    kind: 'emoji',
    count: 8,
    size: 16,
    digest: 'd1'.repeat(32),
    preprocessing: 'none',
    corrupt: [],
    grid: 'grid.png',
  },
  autoencoder: { ...trained, reconstructionError: 0.1, grid: 'grid.png' },
  latents: { count: 8, latentShape: [4, 8, 8], scaleFactor: 1, std: 1 },
  reference: {
    count: 8,
    digest: 'd1'.repeat(32),
    statistics: 'of-features',
    preprocessing: 'none',
    datasetKind: 'emoji',
    extractorDigest: 'f0',
    radial: [3, 2, 1],
  },
  teacher: model,
  distill: model,
  quantize: {
    layers: {
      'out.2.weight': { input: { scale: 0.1, zeroPoint: 3 }, output: { scale: 0.2, zeroPoint: 128 } },
    },
    ...{ float32: ['input_blocks.0.0.weight'], error: 0.005, weights: 'ema', images: 4 },
    bytes: { float32: 4000, int8: 1500 },
  },
  sample: {
    count: 8,
    grid: 'grid.png',
    samplesPerSecond: 2,
    sampler: { name: 'DDIM', steps: 10, eta: 0, guidanceScale: null, weights: 'ema' },
  },
  evaluate: {
    card,
    fid: 12.5,
    metrics: { kid: 0.25 },
    spectrum: { lowError: 0.1, highError: 0.2, radial: [3, 2, 1] },
  },
  floor: { floors: [{ name: 'real images', fid: { value: 1.5, card }, metrics: {} }] },
  analyze: { count: 8, timesteps: [1, 500], weights: 'ema', cutoff: 0.25, losses: 'out.txt', gates: [] },
  fourier: { count: 8, againstCount: 8, size: 16, planes: 'out.txt' },
  trajectory: {
    ...{ count: 8, timesteps: [501, 1], frames: [0, 1], weights: 'ema', gates: [], size: 16 },
    ...{ radial: [[1], [2], [3]], shown: 1, pictures: 'out.txt' },
  },
  convergence: {
    ...{ count: 2, weights: 'ema', reference: { sampler: 'heun', steps: 4, evaluations: 7 } },
    errors: [{ sampler: 'ddim', steps: 2, evaluations: 2, mean: 0.5, sd: 0.1 }],
  },
};

/** A set of fake stages of all kinds. Each does `steps` steps, with a checkpoint after every one. */
export function fakeStages({ behaviour }: FakeOptions = {}): FakeStages {
  const started: string[] = [];
  const stage = (kind: StageKind): AnyStage => ({
    kind,
    version: 1,
    async run(context) {
      const id = idOf(kind, context.params);
      started.push(id);
      const checkpoint = path.join(context.workDir, 'step');
      const first = await readFile(checkpoint, 'utf8').then(Number, () => 0);
      for (let step = first; step < steps; step++) {
        stopIfAborted(context.signal);
        if (step === steps / 2) await behaviour?.(id, context);
        stopIfAborted(context.signal);
        await writeFile(checkpoint, String(step + 1));
        context.emit({ type: 'progress', done: step + 1, total: steps, unit: 'steps', note: 'loss 0.5' });
      }
      const inputs = Object.entries(context.inputs).map(([name, artifact]) => `${name}=${artifact!.key}`);
      await writeFile(path.join(context.outputDir, 'out.txt'), `${kind} ${context.seed} ${inputs.join(' ')}`);
      if ('grid' in fakeSummaries[kind])
        await writeFile(path.join(context.outputDir, 'grid.png'), await dot());
      return { summary: { ...fakeSummaries[kind], startedAt: first } };
    },
  });
  const kinds = Object.keys(fakeSummaries) as StageKind[];
  return {
    started,
    stages: Object.fromEntries(kinds.map((kind) => [kind, stage(kind)])) as Record<StageKind, AnyStage>,
  };
}

function stopIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new InterruptedError();
}

function idOf(kind: StageKind, params: unknown): string {
  const { student, model } = params as {
    readonly student?: { readonly name: string };
    readonly model?: string;
  };
  const name = student?.name ?? model;
  return name === undefined ? kind : `${kind}:${name}`;
}

function dot(): Promise<Buffer> {
  const white = { r: 255, g: 255, b: 255 };
  return sharp({ create: { width: 2, height: 2, channels: 3, background: white } })
    .png()
    .toBuffer();
}
