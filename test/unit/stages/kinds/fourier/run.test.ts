// The stage `fourier`: spectra of images that are known, beside real ones and beside another model's.
import path from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { openPack } from '../../../../../src/datasets/pack.ts';
import { uniform } from '../../../../../src/rng/noise.ts';
import { imagesOf, paperScores } from '../../../../../src/stages/features/pixel-spectra.ts';
import { fourier, type FourierParams } from '../../../../../src/stages/kinds/fourier/describe.ts';
import { fourierStage } from '../../../../../src/stages/kinds/fourier/run.ts';
import type { Artifact } from '../../../../../src/stages/stage.ts';
import { readSafetensors } from '../../../../../src/weights/safetensors/safetensors.ts';
import { runStage, stageContext } from '../../../../support/stages/stage-context.ts';
import { writePack } from '../../../../support/stages/written-pack.ts';
import { folderPerFile } from '../../../../support/temporary-folder.ts';

const size = 8;
const inFolder = folderPerFile();
let sample: Artifact;
let against: Artifact;

const images = (seed: number, count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, i) =>
    Uint8Array.from(uniform(seed, 'test/fourier', 0, i, size * size * 3), (value) => Math.floor(128 * value)),
  );

/** As `base` with a wave of three cycles across, of amplitude 40, added to all colours. */
const withWave = (base: Uint8Array): Uint8Array =>
  base.map(
    (value, at) =>
      value + 40 + Math.round(40 * Math.cos((2 * Math.PI * 2 * (Math.floor(at / 3) % size)) / size)),
  );

beforeAll(async () => {
  const artifact = (name: string): Artifact => ({ key: name, dir: inFolder(name), summary: {} });
  [sample, against] = [artifact('sample'), artifact('against')];
  await writePack(sample.dir, size, images(1, 3).map(withWave));
  await writePack(against.dir, size, images(1, 4));
});

async function measured(params: FourierParams) {
  const context = await stageContext({ folder: inFolder(), inputs: { sample, against } }, params, {
    engine: () => Promise.reject(new Error('no engine is needed')),
  });
  const summary = await runStage(fourier, fourierStage, context);
  return { summary, ...(await readSafetensors(path.join(context.outputDir, summary.planes))) };
}

it('compares samples pair by pair: what differs is the wave', async () => {
  const { summary, tensors } = await measured({ count: 300 });
  expect(summary).toMatchObject({ count: 3, againstCount: 4, size });
  expect(summary.errors).toBeUndefined();
  const difference = tensors['difference']!.data;
  // 40 cos of two cycles across: size / 2 at (0, +-2); its mean of 40 at frequency 0.
  expect(difference[0]).toBeCloseTo(40 * size, 3);
  expect(difference[2]).toBeCloseTo(40 * (size / 2), 3);
  expect(difference[size - 2]).toBeCloseTo(40 * (size / 2), 3);
  const others = [...difference].filter((_, at) => ![0, 2, size - 2].includes(at));
  expect(Math.max(...others)).toBeLessThan(1e-3);
});

it('gives the errors of Table 1 as evaluation does, against the real images', async () => {
  const { summary, tensors } = await measured({ count: 300, real: { part: 'held-out', count: 0 } });
  const [real, generated] = [await openPack(against.dir), await openPack(sample.dir)];
  const { paperLow, paperHigh } = await paperScores(imagesOf(real), imagesOf(generated));
  await real.close();
  await generated.close();
  expect(summary.errors!.paper).toEqual({ low: paperLow, high: paperHigh });
  expect(summary.errors!.radial.low).toBeGreaterThan(0);
  expect(tensors['difference']).toBeUndefined();
  expect(tensors['magnitude']!.data[2]).toBeGreaterThan(tensors['againstMagnitude']!.data[2]! + 50);
});

it('takes as many images as asked for', async () => {
  const { summary } = await measured({ count: 2, real: { part: 'held-out', count: 0 } });
  expect(summary).toMatchObject({ count: 2, againstCount: 2 });
});
