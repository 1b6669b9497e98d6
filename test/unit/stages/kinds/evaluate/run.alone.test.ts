// The stages reference and evaluate around an engine whose features are easy to know: what is compared, how it is
// marked, and that neither batches nor interruptions change it.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { writeNpz } from '../../../../../src/weights/numpy/npz.ts';
import type { Engine, HostTensor } from '../../../../../src/engine/engine.ts';
import { InterruptedError } from '../../../../../src/errors.ts';
import { frechetDistance, gaussianOf } from '../../../../../src/metrics/frechet.ts';
import { MagnitudeAccumulator, paperErrors } from '../../../../../src/metrics/paper-spectrum.ts';
import { squaredMmd } from '../../../../../src/metrics/kernel-distance.ts';
import { inceptionDimension } from '../../../../../src/models/inception/inception.ts';
import { uniform } from '../../../../../src/rng/noise.ts';
import { evaluateStage } from '../../../../../src/stages/kinds/evaluate/run.ts';
import { openExtractor } from '../../../../../src/stages/features/feature-extractor.ts';
import { readFeatures } from '../../../../../src/stages/features/features-file.ts';
import { referenceStage } from '../../../../../src/stages/kinds/reference/run.ts';
import {
  evaluate as evaluation,
  type EvaluateParams,
  type EvaluateSummary,
} from '../../../../../src/stages/kinds/evaluate/describe.ts';
import {
  reference as described,
  type ReferenceParams,
  type ReferenceSummary,
} from '../../../../../src/stages/kinds/reference/describe.ts';
import type { AnyStage, Artifact } from '../../../../../src/stages/stage.ts';
import {
  originOf,
  readStatistics,
  writeStatistics,
} from '../../../../../src/stages/features/statistics-file.ts';
import { largestDifference } from '../../../../support/random-matrix.ts';
import { fakeEngine } from '../../../../support/stages/fake-engine.ts';
import { runStage, stageContext, type TestContext } from '../../../../support/stages/stage-context.ts';
import { writePack } from '../../../../support/stages/written-pack.ts';

const size = 8;
const count = 20;
const pixels = size * size * 3;
const extractor = { kind: 'nsfwjs', inputSize: 75 } as const;

// The fake network has no weights; reading the real ones would only take time.
vi.mock(import('../../../../../src/stages/features/feature-extractor.ts'), async (original) => ({
  ...(await original()),
  openExtractor: (params) =>
    Promise.resolve({ params, weights: {}, digest: 'f0'.repeat(32), dimension: inceptionDimension }),
}));

/** Pixels of image `index` of a set. */
function image(set: number, index: number): Uint8Array {
  return Uint8Array.from(uniform(set, 'test/images', 0, index, pixels), (x) =>
    Math.floor((200 + 20 * set) * x),
  );
}

/** Features of one image, by the fake network: its pixels (channels first) over 256, over and over. */
function featuresOf(planes: ArrayLike<number>, at = 0): Float32Array {
  return Float32Array.from({ length: inceptionDimension }, (_, j) => planes[at + (j % pixels)]! / 256);
}

/** The fake network, and how many images each batch had that it was shown. */
function countingEngine(): { engine: Engine; batches: number[] } {
  const batches: number[] = [];
  const engine = fakeEngine(({ images }) => {
    const { data, shape } = images as HostTensor;
    const batch = shape[0]!;
    batches.push(batch);
    const rows = new Float32Array(batch * inceptionDimension);
    for (let i = 0; i < batch; i++) rows.set(featuresOf(data, i * pixels), i * inceptionDimension);
    return { features: { shape: [batch, inceptionDimension], dtype: 'float32', data: rows } };
  });
  return { engine, batches };
}

function allFeatures(set: number): Float32Array {
  const rows = new Float32Array(count * inceptionDimension);
  for (let i = 0; i < count; i++) {
    const nhwc = image(set, i);
    const planes = Array.from({ length: pixels }, (_, at) => {
      const [channel, place] = [Math.floor(at / (size * size)), at % (size * size)];
      return nhwc[place * 3 + channel]!;
    });
    rows.set(featuresOf(planes), i * inceptionDimension);
  }
  return rows;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sdx-evaluate-'));
  for (const set of [1, 2]) {
    const images = Array.from({ length: count }, (_, i) => image(set, i));
    await writePack(path.join(folder, `set${set}`), size, images, { digest: `d${set}` });
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const artifact = <S>(dir: string, summary: S): Artifact<S> => ({
  key: dir,
  dir,
  summary,
});

type Surroundings = Partial<Pick<TestContext, 'signal' | 'emit' | 'engine'>>;

/** A stage's context in fresh folders, with the fake network. */
function contextOf<P>(
  params: P,
  inputs: Readonly<Record<string, Artifact>>,
  change: Surroundings = {},
): Promise<TestContext<P>> {
  const engine = () => Promise.resolve(countingEngine().engine);
  return stageContext({ folder, inputs }, params, { engine, ...change });
}

const allImages: ReferenceParams = {
  ...{ extractor, part: 'held-out', images: 'training', count: 0, batchSize: 8 },
};

async function runReference(change: Partial<ReferenceParams> = {}): Promise<Artifact<ReferenceSummary>> {
  const dataset = artifact(path.join(folder, 'set1'), { kind: 'folder', preprocessing: 'as they are' });
  const params: ReferenceParams = { ...allImages, ...change };
  const context = await contextOf(params, { dataset });
  return artifact(context.outputDir, await runStage(described, referenceStage, context));
}

const sampler = { name: 'DDIM', steps: 10, eta: 0.5, guidanceScale: null, weights: 'ema' };
const whole = { part: 'held-out', count: 0 } as const;
const allMetrics = ['fid', 'kid', 'precision-recall', 'spectrum'] as const;

async function evaluateContext(
  reference: Artifact,
  params: Partial<EvaluateParams> = {},
  change: Surroundings = {},
): Promise<TestContext<EvaluateParams>> {
  const sample = artifact(path.join(folder, 'set2'), { count, sampler });
  return contextOf(
    { model: 'sd', extractor, metrics: allMetrics, real: whole, batchSize: 8, ...params },
    { sample, reference },
    change,
  );
}

async function evaluate(reference: Artifact, params: Partial<EvaluateParams> = {}): Promise<EvaluateSummary> {
  return runStage(evaluation, evaluateStage, await evaluateContext(reference, params));
}

describe('evaluate', () => {
  it('scores the features of all images, in order', async () => {
    const { fid, metrics, spectrum } = await evaluate(await runReference());
    const [real, made] = [allFeatures(1), allFeatures(2)];
    const expected = frechetDistance(
      gaussianOf(real, inceptionDimension),
      gaussianOf(made, inceptionDimension),
    );
    expect(fid).toBe(expected);
    const rows = (data: Float32Array) => ({
      rows: count,
      cols: inceptionDimension,
      data: Float64Array.from(data),
    });
    expect(metrics['kid']).toBeCloseTo(squaredMmd(rows(real), rows(made)), 12);
    expect(Object.keys(metrics)).toEqual(['kid', 'precision', 'recall']); // one subset: no deviation
    expect(spectrum!.radial).toHaveLength(size / 2 + 1);
  });

  it('says on the card how the scores were taken', async () => {
    const { card } = await evaluate(await runReference());
    expect(card).toMatchObject({
      extractor: { name: 'nsfwjs' },
      inputSize: 75,
      resampler: 'bilinear',
      sampler: 'DDIM',
      steps: 10,
      eta: 0.5,
      n: count,
      reference: { digest: 'd1', count, preprocessing: 'as they are' },
      comparableWithPublished: false,
    });
  });

  it.each([
    ['folder', 49_999, false, false, 'FID-50k takes 50,000 samples'],
    ['folder', 50_000, false, true, 'FID-50k'],
    ['coco', 29_999, true, false, 'zero-shot FID-30K takes 30,000 samples'],
    ['coco', 30_000, false, false, 'zero-shot FID-30K draws its captions at random (sample.promptSeed)'],
    ['coco', 30_000, true, true, 'zero-shot FID-30K'],
  ])(
    'knows the published protocol: %s, %d samples, captions drawn: %s',
    async (datasetKind, samples, drawn, comparable, note) => {
      const { dir, summary } = await runReference();
      const images = datasetKind === 'coco' ? 'evaluation' : 'training';
      const context = await evaluateContext(artifact(dir, { ...summary, datasetKind, images }), {
        extractor: { kind: 'pytorch-fid', weights: 'weights.pth', inputSize: 299 },
        metrics: ['fid'],
      });
      const prompts = { seed: 0, images: 40_504 };
      const sample = artifact(path.join(folder, 'set2'), {
        count: samples,
        sampler: drawn ? { ...sampler, prompts } : sampler,
      });
      const { card } = await runStage(evaluation, evaluateStage, {
        ...context,
        inputs: { ...context.inputs, sample },
      });
      expect(card.comparableWithPublished).toBe(comparable);
      expect(card.note.startsWith(note)).toBe(true);
      expect(card.prompts).toEqual(drawn ? prompts : undefined);
    },
  );

  it.each([1, 3, 64])('gives the same scores in batches of %d', async (batchSize) => {
    const usual = await evaluate(await runReference());
    expect(await evaluate(await runReference({ batchSize }), { batchSize })).toEqual(usual);
  });

  it('goes on where it was interrupted', async () => {
    const reference = await runReference();
    const stop = new AbortController();
    const first = countingEngine();
    const context = await evaluateContext(
      reference,
      {},
      {
        signal: stop.signal,
        engine: () => Promise.resolve(first.engine),
        emit: () => {
          stop.abort();
        },
      },
    );
    await expect(runStage(evaluation, evaluateStage, context)).rejects.toThrow(InterruptedError);
    expect(first.batches).toHaveLength(1);
    const second = countingEngine();
    const summary = await runStage(evaluation, evaluateStage, {
      ...context,
      signal: new AbortController().signal,
      emit: () => undefined,
      engine: () => Promise.resolve(second.engine),
    });
    expect(second.batches).toHaveLength(2); // 20 images, 8 of them done
    expect(summary).toEqual(await evaluate(reference));
  });
});

describe("the errors of the paper's Table 1", () => {
  const planesOf = (set: number, index: number): number[] => {
    const nhwc = image(set, index);
    return Array.from({ length: pixels }, (_, at) => {
      const [channel, place] = [Math.floor(at / (size * size)), at % (size * size)];
      return nhwc[place * 3 + channel]!;
    });
  };
  const magnitudes = (set: number): Float64Array => {
    const accumulator = new MagnitudeAccumulator(size);
    for (let i = 0; i < count; i++) accumulator.add(planesOf(set, i));
    return accumulator.finish();
  };
  const scores = async (real: EvaluateParams['real'] = whole) => {
    const reference = await runReference();
    const context = await evaluateContext(reference, { metrics: ['paper-spectrum'], real });
    const dataset = artifact(path.join(folder, 'set1'), {});
    const inputs = { ...context.inputs, dataset };
    return (await runStage(evaluation, evaluateStage, { ...context, inputs })).metrics;
  };

  it('are of the pixels of both sets, where they are asked for', async () => {
    const found = await scores();
    const { low, high } = paperErrors(magnitudes(1), magnitudes(2), size);
    expect(Object.keys(found)).toEqual(['paperLow', 'paperHigh']);
    expect(found['paperLow']).toBeCloseTo(low, 9);
    expect(found['paperHigh']).toBeCloseTo(high, 9);
    expect(Math.abs(low)).toBeGreaterThan(1e-3);
  });

  it('take real images from among those of the reference alone', async () => {
    expect(await scores({ part: 'held-out', count: 5 })).not.toEqual(await scores());
  });
});

describe('tests for copies', () => {
  const featuresOfPart = async (name: string, part: 'train' | 'held-out') => {
    const dataset = artifact(path.join(folder, name), { kind: 'folder', preprocessing: 'as they are' });
    const images = part === 'train' ? 'training' : part;
    const params: ReferenceParams = { extractor, part, images, count: 0, batchSize: 8 };
    const context = await contextOf(params, { dataset });
    return artifact(context.outputDir, await runStage(described, referenceStage, context));
  };
  const scores = async (trainedOn: string) => {
    const training = await featuresOfPart(trainedOn, 'train');
    const reference = await featuresOfPart('unseen', 'held-out');
    const context = await evaluateContext(reference, { metrics: ['memorisation'] });
    const inputs = { ...context.inputs, training };
    return (await runStage(evaluation, evaluateStage, { ...context, inputs })).metrics;
  };

  it('samples that are the training images are copies, fresh draws are not', async () => {
    for (const [at, name] of ['seen', 'unseen'].entries()) {
      const images = Array.from({ length: count }, (_, i) => image(2, 100 * (at + 1) + i));
      await writePack(path.join(folder, name), size, images);
    }
    const copied = await scores('set2'); // the samples of all these tests
    expect(copied['authenticity']).toBe(0);
    expect(copied['copyingZ']).toBeLessThan(-5);
    const fresh = await scores('seen');
    expect(fresh['authenticity']).toBeGreaterThan(0.3);
    expect(Math.abs(fresh['copyingZ']!)).toBeLessThan(2);
  });
});

describe('reference statistics from a file', () => {
  const statistics = async (write: (file: string) => Promise<void>): Promise<string> => {
    const dir = await mkdtemp(path.join(folder, 'stats-'));
    onTestFinished(() => rm(dir, { recursive: true }));
    await write(path.join(dir, 'real.npz'));
    return path.join(dir, 'real.npz');
  };
  const saved = (digest?: string): Promise<string> =>
    statistics(async (file) => {
      const opened = await openExtractor(extractor);
      const origin = originOf(opened, { count: 12_345, preprocessing: 'elsewhere' });
      await writeStatistics(file, gaussianOf(allFeatures(1), inceptionDimension), {
        ...origin,
        ...(digest === undefined ? {} : { extractor: { name: 'nsfwjs', digest } }),
      });
    });

  it('give the same FID without touching the images, and say so on the card', async () => {
    const usual = await evaluate(await runReference());
    const reference = await runReference({ stats: await saved() });
    expect(await readdir(reference.dir)).toEqual(['statistics.npz']);
    const { fid, card } = await evaluate(reference, { metrics: ['fid'] });
    expect(Math.abs(fid! - usual.fid!)).toBeLessThan(1e-6 * usual.fid!);
    expect(card.reference.count).toBe(12_345);
    expect(card.reference.preprocessing).toBe('statistics from a file: elsewhere');
    expect(card.reference.digest).toBe(reference.summary.digest);
  });

  it('keep mean and covariance to the last bit', async () => {
    const { gaussian } = await readStatistics(await saved());
    const known = gaussianOf(allFeatures(1), inceptionDimension);
    expect(gaussian.mean).toEqual(known.mean);
    if (!('factor' in known)) throw new Error('expected a factor');
    const { data } = known.factor;
    const at = (i: number, j: number): number =>
      Array.from({ length: count }, (_, k) => data[k * 2048 + i]! * data[k * 2048 + j]!).reduce(
        (a, b) => a + b,
      );
    const expected = [at(0, 0), at(3, 17), at(2047, 5)];
    const found = [0, 3 * 2048 + 17, 2047 * 2048 + 5].map((k) => gaussian.covariance.data[k]!);
    expect(largestDifference(found, expected)).toBeLessThan(1e-15);
  });

  it('are refused if they are of another network, or do not say which', async () => {
    const other = await saved('ab'.repeat(32));
    await expect(runReference({ stats: other })).rejects.toThrow(
      /statistics of nsfwjs \(weights abababababab\)/,
    );
    const silent = await statistics((file) =>
      writeNpz(file, { mu: new Float64Array(2), sigma: new Float64Array(4) }),
    );
    await expect(runReference({ stats: silent })).rejects.toThrow('does not say which network');
  });

  it('are refused for KID, which needs images', async () => {
    const reference = await runReference({ stats: await saved() });
    await expect(evaluate(reference, { metrics: ['kid'] })).rejects.toThrow(
      'of the real images only the mean and covariance are known',
    );
  });
});

it('draws the real images to compare with by class, not from the first on', async () => {
  // Sorted by class, as sources are: the first three quarters are of class 0.
  const classes = Array.from({ length: count }, (_, i) => (i < 0.75 * count ? 0 : 1));
  const dir = path.join(folder, 'sorted');
  const images = Array.from({ length: count }, (_, i) => image(1, i));
  await writePack(dir, size, images, { classNames: ['a', 'b'], classes });
  const dataset = artifact(dir, { kind: 'folder', preprocessing: 'as they are' });
  const context = await contextOf({ ...allImages, count: 8 }, { dataset });
  await runStage(described, referenceStage, context);
  const rows = await readFeatures(path.join(context.outputDir, 'features.f32'), inceptionDimension);
  const all = allFeatures(1);
  const row = (of: Float32Array | Float64Array, at: number): string =>
    String(of.subarray(at * inceptionDimension, (at + 1) * inceptionDimension).slice(0, 16));
  const known = Array.from({ length: count }, (_, i) => row(all, i));
  const drawn = Array.from({ length: 8 }, (_, i) => known.indexOf(row(rows.data, i)));
  expect(drawn.map((index) => classes[index])).toEqual([0, 0, 0, 0, 0, 0, 1, 1]);
  expect(drawn).not.toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

it('publishes the features of the real images, as many as asked for', async () => {
  const { dir, summary } = await runReference({ count: 5 });
  expect(await readdir(dir)).toEqual(['features.f32']);
  expect(summary.count).toBe(5);
  expect((await readFeatures(path.join(dir, 'features.f32'), inceptionDimension)).rows).toBe(5);
});

it('takes over the features that parts have computed', async () => {
  const usual = await runReference();
  const none = () => Promise.reject(new Error('nothing is left to compute'));
  const dataset = artifact(path.join(folder, 'set1'), { kind: 'folder', preprocessing: 'as they are' });
  const context = await contextOf(allImages, { dataset });
  for (const part of [1, 2]) await (referenceStage as AnyStage).runShard!(context, { number: part, of: 2 });
  const summary = await runStage(described, referenceStage, { ...context, engine: none });
  expect(summary).toEqual(usual.summary);
  const file = (dir: string) => readFeatures(path.join(dir, 'features.f32'), inceptionDimension);
  expect(await file(context.outputDir)).toEqual(await file(usual.dir));

  const scoring = await evaluateContext(usual);
  for (const part of [2, 1]) await (evaluateStage as AnyStage).runShard!(scoring, { number: part, of: 2 });
  const scores = await runStage(evaluation, evaluateStage, { ...scoring, engine: none });
  expect(scores).toEqual(await evaluate(usual));
});
