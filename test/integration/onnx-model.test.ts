// Models that left as ONNX, sampled by the programs of examples/onnx with nothing but ONNX Runtime, against `sdx sample`
// of the same noise. The Python one needs onnxruntime and NumPy: SDX_PYTHON names the interpreter,
// SDX_REQUIRE_PEERS=1 makes their absence fail.
import { execa } from 'execa';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { normal } from '../../src/rng/noise.ts';
import { encodeNpy } from '../../src/weights/numpy/npy.ts';
import { sdxInProcess } from '../support/processes/in-process.ts';
import { root } from '../support/root.ts';
import { folderPerFile } from '../support/temporary-folder.ts';
import { python, whyNoPeers } from './python-peers.ts';

const at = folderPerFile();
const tiny = path.join(root, 'test/support/experiments/tiny.yaml');
const examples = path.join(root, 'examples/onnx');
const missing = await whyNoPeers(['onnxruntime', 'numpy']);
const seed = 7;
/** Values of a pixel that rounding may put on either side. */
const tolerance = 1;

const ofClasses = [
  ...['name=classes', 'dataset={kind: avatars, count: 24, size: 16}', 'autoencoder={kind: none}'],
  ...['conditioning={kind: class, classes: 15, width: 32}', 'sample.guidanceScale=2'],
  ...['diffusion.prediction=v', 'teacher.train.steps=2', 'distill.steps=2'],
];

describe.each([
  ['a gated student with an autoencoder', [], [2, 8, 8], []],
  // Sample 0 is of class 0.
  ['a guided student of pixels that predicts v', ofClasses, [3, 16, 16], ['0']],
] as const)('%s', (name, overrides, latentShape, ids) => {
  const model = at(name);
  let expected: Uint8Array;

  beforeAll(async () => {
    const store = ['--store', at('store')];
    const done = async (...argv: readonly string[]): Promise<void> => {
      const { exitCode, stderr } = await sdxInProcess(...argv);
      expect(exitCode, stderr).toBe(0);
    };
    await done('run', tiny, ...overrides, ...store, '--stage', 'sample:sd', '--results', at('results'));
    const single = ['sample.gridColumns=1', 'sample.gridRows=1', '--count', '2', '--seed', String(seed)];
    const image = at(`${name}.png`);
    await done('sample', tiny, 'sd', ...overrides, ...single, ...store, '--output', image);
    expected = await pixelsOf(image);
    await done('export', tiny, 'sd', ...overrides, ...store, '--form', 'onnx', '--output', model);
    const data = normal(seed, 'sample', 0, 0, latentShape[0] * latentShape[1] * latentShape[2]);
    await writeFile(
      at('noise.npy'),
      encodeNpy({ shape: [1, ...latentShape], data: Float64Array.from(data) }),
    );
    await writeFile(at('noise.f32'), data);
  }, 300_000);

  it('gives the images of `sdx sample` in JavaScript', async () => {
    const image = at('js.ppm');
    await execa('node', [path.join(examples, 'sample.js'), model, image, at('noise.f32'), ...ids]);
    expect(largestDifference(await ppmPixels(image), expected)).toBeLessThanOrEqual(tolerance);
  });

  it.skipIf(missing !== undefined)('gives the images of `sdx sample` in Python', async () => {
    const image = at('py.ppm');
    await execa(python, [path.join(examples, 'sample.py'), model, image, at('noise.npy'), ...ids]);
    expect(largestDifference(await ppmPixels(image), expected)).toBeLessThanOrEqual(tolerance);
  });
});

/** The one image of a grid, without the gap around it. */
async function pixelsOf(file: string): Promise<Uint8Array> {
  const { width } = await sharp(file).metadata();
  const gap = (width - 16) / 2;
  const image = sharp(file).extract({ left: gap, top: gap, width: 16, height: 16 }).removeAlpha();
  return image.raw().toBuffer();
}

async function ppmPixels(file: string): Promise<Uint8Array> {
  const bytes = await readFile(file);
  const header = 'P6 16 16 255\n';
  expect(bytes.subarray(0, header.length).toString()).toBe(header);
  return bytes.subarray(header.length);
}

function largestDifference(a: Uint8Array, b: Uint8Array): number {
  expect(a.length).toBe(b.length);
  // An image of one colour would prove nothing.
  expect(new Set(b).size).toBeGreaterThan(20);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}
