// The stage floor around an engine whose features and reconstructions are easy to know.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { HostTensor } from '../../../../../src/engine/engine.ts';
import { frechetDistance, gaussianOf } from '../../../../../src/metrics/frechet.ts';
import { uniform } from '../../../../../src/rng/noise.ts';
import { floor, type FloorParams } from '../../../../../src/stages/kinds/floor/describe.ts';
import { divide, floorStage } from '../../../../../src/stages/kinds/floor/run.ts';
import type { FloorResult } from '../../../../../src/results/manifest.ts';
import { fakeEngine } from '../../../../support/stages/fake-engine.ts';
import { runStage, stageContext } from '../../../../support/stages/stage-context.ts';
import { writePack } from '../../../../support/stages/written-pack.ts';

const size = 8;
const count = 24;
const dimension = 4;
const pixels = size * size * 3;

vi.mock(import('../../../../../src/stages/features/feature-extractor.ts'), async (original) => ({
  ...(await original()),
  openExtractor: (params) => Promise.resolve({ params, weights: {}, digest: 'f0'.repeat(32), dimension }),
}));
vi.mock(import('../../../../../src/stages/networks/model-files.ts'), async (original) => ({
  ...(await original()),
  readModel: () => Promise.resolve({}),
}));

function image(index: number): Uint8Array {
  return Uint8Array.from(uniform(1, 'test/floor', 0, index, pixels), (x) => Math.floor(256 * x));
}

/** Features of planes in [0, 255], channels first: their first numbers. */
function featuresOf(planes: ArrayLike<number>, at = 0): Float32Array {
  return Float32Array.from({ length: dimension }, (_, j) => planes[at + j]! / 256);
}

function planesOf(index: number): number[] {
  const nhwc = image(index);
  return Array.from(
    { length: pixels },
    (_, at) => nhwc[(at % (size * size)) * 3 + Math.floor(at / (size * size))]!,
  );
}

/** Extracts features of pixels in [0, 255] and reconstructs those in [-1, 1] by `rebuild`. */
function engineOf(rebuild: (value: number) => number) {
  return fakeEngine(({ images }) => {
    const { data, shape } = images as HostTensor;
    const batch = shape[0]!;
    const rows = new Float32Array(batch * dimension);
    for (let i = 0; i < batch; i++) rows.set(featuresOf(data, i * pixels), i * dimension);
    return {
      features: { shape: [batch, dimension], dtype: 'float32', data: rows },
      images: { shape, dtype: 'float32', data: Float32Array.from(data, rebuild) },
    };
  });
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sdx-floor-'));
  const images = Array.from({ length: count }, (_, i) => image(i));
  await writePack(path.join(folder, 'dataset'), size, images);
  const rows = images.flatMap((_, i) => [...featuresOf(planesOf(i))]);
  await writePack(path.join(folder, 'reference'), size, []);
  await writeFile(path.join(folder, 'reference', 'features.f32'), new Float32Array(rows));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const network = {
  channels: 32,
  channelMult: [1],
  numResBlocks: 1,
  zChannels: 3,
  embedDim: 3,
  doubleZ: true,
  resolution: size,
  inChannels: 3,
  outChannels: 3,
  attnResolutions: [],
} as const;
const seed = 5;

async function floorsOf(
  change: Partial<FloorParams>,
  rebuild: (value: number) => number = (value) => value,
): Promise<readonly FloorResult[]> {
  const params: FloorParams = {
    extractor: { kind: 'nsfwjs', inputSize: 75 },
    metrics: ['fid', 'kid', 'spectrum', 'paper-spectrum', 'precision-recall'],
    real: { part: 'held-out', count: 0 },
    count: 10,
    batchSize: 8,
    ...change,
  };
  const artifact = (name: string, summary: object) => ({
    key: name,
    dir: path.join(folder, name),
    summary,
  });
  const inputs = {
    dataset: artifact('dataset', {}),
    reference: artifact('reference', { digest: 'd1', count, preprocessing: 'as they are' }),
    autoencoder: artifact('reference', {}),
  };
  const context = await stageContext({ folder, inputs }, params, {
    engine: () => Promise.resolve(engineOf(rebuild)),
  });
  return (await runStage(floor, floorStage, { ...context, seed })).floors;
}

describe('floor', () => {
  it('scores a part of the reference against all the rest of it', async () => {
    const [real, ...more] = await floorsOf({});
    expect(more).toEqual([]);
    const { drawn, others } = divide(count, 10, seed);
    const features = (indices: Uint32Array) =>
      Float32Array.from([...indices].flatMap((i) => [...featuresOf(planesOf(i))]));
    expect(real!.fid!.value).toBeCloseTo(
      frechetDistance(gaussianOf(features(others), dimension), gaussianOf(features(drawn), dimension)),
      12,
    );
    expect(Object.keys(real!.metrics)).toEqual([
      'kid',
      'kidStd',
      'precision',
      'recall',
      'paperLow',
      'paperHigh',
    ]);
    expect(real!.spectrum!.radial).toHaveLength(size / 2 + 1);
    expect(real!.fid!.card).toMatchObject({
      sampler: 'none: real images',
      steps: 0,
      n: 10,
      reference: { digest: 'd1', count: 14 },
      comparableWithPublished: false,
    });
  });

  it('an autoencoder that loses nothing adds nothing to what real images score', async () => {
    const [real, rebuilt] = await floorsOf({ network });
    expect(rebuilt!.name).toBe('autoencoder');
    expect(rebuilt!.fid!.value).toBe(real!.fid!.value);
    expect(rebuilt!.spectrum).toEqual(real!.spectrum);
    expect(rebuilt!.metrics['paperHigh']!.value).toBe(real!.metrics['paperHigh']!.value);
  });

  it('one that loses contrast has a higher floor, in both spectra too', async () => {
    const [real, grey] = await floorsOf({ network }, (value) => value / 2);
    expect(grey!.fid!.value).toBeGreaterThan(real!.fid!.value + 0.01);
    expect(grey!.spectrum!.highError).toBeGreaterThan(real!.spectrum!.highError + 0.3);
    expect(grey!.metrics['paperHigh']!.value).toBeGreaterThan(real!.metrics['paperHigh']!.value + 10);
  });
});

describe('divide', () => {
  it('draws disjoint parts that are all images together', () => {
    const { drawn, others } = divide(101, 30, 3);
    expect([drawn.length, others.length]).toEqual([30, 71]);
    expect([...drawn, ...others].sort((a, b) => a - b)).toEqual(Array.from({ length: 101 }, (_, i) => i));
    expect([...drawn]).not.toEqual([...drawn].sort((a, b) => a - b)); // not the first ones
  });

  it('takes half at most, and refuses what cannot be divided', () => {
    expect(divide(9, 1000, 0).drawn).toHaveLength(4);
    expect(() => divide(3, 2, 0)).toThrow('3 real images are too few for a floor');
  });
});
