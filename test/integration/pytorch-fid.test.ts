// The same images and weights through pytorch-fid and clean-fid of PyPI and through `sdx fid`. Needs a Python with
// torch, torchvision, scipy, pytorch-fid and clean-fid: SDX_PYTHON names it, else python3. Without it the tests are
// skipped, unless SDX_REQUIRE_PEERS=1 asks for them.
import { copyFile, mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeNpy } from '../../src/weights/numpy/npy.ts';
import { openSameSizeImages } from '../../src/datasets/same-size-images.ts';
import { onnxEngine } from '../../src/engine/onnx/engine.ts';
import { resizeBicubicClean } from '../../src/models/inception/inception-resize.ts';
import { toPlanes } from '../../src/stages/rows/pixels.ts';
import { sdx } from '../support/processes/sdx.ts';
import { python, whyNoPeers } from './python-peers.ts';

const peerScript = path.join(import.meta.dirname, 'pytorch_fid_peer.py');
const missing = await whyNoPeers(['torch', 'torchvision', 'scipy', 'pytorch_fid', 'cleanfid']);
const title =
  missing === undefined ? 'sdx fid beside its peers' : `skipped, ${python} has no pytorch-fid and clean-fid`;

/** Original PNG files of the emoji package, alpha channels and palettes included. */
const emojiFolder = path.join(
  path.dirname(createRequire(import.meta.url).resolve('emoji-datasource-google/package.json')),
  'img/google/64',
);
const setSize = 64;

interface Peer {
  readonly fid: number;
  /** Relative differences of mean and covariance. */
  readonly differences: Readonly<Record<'a' | 'c', readonly [number, number]>>;
}

describe.skipIf(missing !== undefined)(title, () => {
  let folder: string;
  let ours: { readonly fid: number };
  let peer: Peer;
  const at = (name: string): string => path.join(folder, name);

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sdx-peers-'));
    await writeImages(at);
    await execa(python, [peerScript, 'weights', folder]);
    ours = JSON.parse(await fid('a', 'b')) as typeof ours;
    await fid('c', 'c');
    await execa(python, [peerScript, 'compare', folder]);
    peer = JSON.parse(await readFile(at('peer.json'), 'utf8')) as Peer;
  }, 1_200_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Scores two sets and saves the statistics of the first. */
  async function fid(a: string, b: string): Promise<string> {
    const { stdout, stderr, exitCode } = await sdx([
      ...['fid', at(a), at(b), '--extractor', 'pytorch-fid', '--weights', at('weights.pth')],
      ...['--save', at(`${a}.npz`), '--json'],
    ]);
    if (exitCode !== 0) throw new Error(stderr);
    return stdout;
  }

  it('gives the FID of pytorch-fid', async ({ annotate }) => {
    expect(peer.fid).toBeGreaterThan(0.01);
    const difference = Math.abs(ours.fid - peer.fid) / peer.fid;
    await annotate(`FID ${ours.fid}, pytorch-fid ${peer.fid}: relative difference ${difference}`);
    expect(difference).toBeLessThan(1e-4);
  });

  it.for(['a', 'c'] as const)(
    'saves the statistics that pytorch-fid computes (set %s)',
    async (set, { annotate }) => {
      const [mean, covariance] = peer.differences[set];
      await annotate(`relative differences: mean ${mean}, covariance ${covariance}`);
      expect(mean).toBeLessThan(1e-5);
      expect(covariance).toBeLessThan(1e-5);
    },
  );

  it('resizes like clean-fid', async ({ annotate }) => {
    const images = await openSameSizeImages(at('c'), {});
    const indices = Array.from({ length: images.count }, (_, i) => i);
    const { width, height } = images;
    const spec = { shape: [images.count, 3, height, width], dtype: 'float32' as const };
    const program = await onnxEngine().compile(
      ({ inputs: { x } }) => ({ outputs: { y: resizeBicubicClean(x!, 299, 299) } }),
      { inputs: { x: spec } },
    );
    const { y } = await program.run({
      x: { ...spec, data: toPlanes(await images.readBatch(indices), width, height) },
    });
    await program.dispose();
    const theirs = decodeNpy(await readFile(at('resized.npy')), 'resized.npy', 'resized');
    expect(y!.shape).toEqual(theirs.shape);
    const values = theirs.data as Float32Array;
    const largest = (y!.data as Float32Array).reduce(
      (most, value, i) => Math.max(most, Math.abs(value - values[i]!)),
      0,
    );
    await annotate(`largest difference ${largest} of 255`);
    expect(largest).toBeLessThan(2e-4); // of 255: float32 rounding
  });
});

/** Two sets of square images, and one of rectangles. */
async function writeImages(at: (name: string) => string): Promise<void> {
  const names = (await readdir(emojiFolder)).sort();
  for (const [set, from] of [
    ['a', 0],
    ['b', 1800],
  ] as const) {
    await mkdir(at(set));
    for (let i = 0; i < setSize; i++) {
      const name = names[from + 11 * i]!;
      await copyFile(path.join(emojiFolder, name), path.join(at(set), name));
    }
  }
  await mkdir(at('c'));
  for (const name of (await readdir(at('a'))).slice(0, 8)) {
    const part = sharp(path.join(at('a'), name)).extract({ left: 0, top: 10, width: 64, height: 40 });
    await part
      .removeAlpha()
      .png()
      .toFile(path.join(at('c'), name));
  }
}
