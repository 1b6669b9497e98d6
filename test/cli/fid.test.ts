// `sdx fid` as a process: scores of folders and .npz files, saved statistics, and what it says of wrong input. The
// extractor is nsfwjs at its smallest input size.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeNpz } from '../../src/weights/numpy/npz.ts';
import { uniform } from '../../src/rng/noise.ts';
import type { Comparison } from '../../src/stages/features/compare-sets.ts';
import { sdx } from '../support/processes/sdx.ts';

const count = 6;
const [width, height] = [24, 16];
const small = ['--input-size', '75', '--threads', '1'];

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sdx-fid-'));
  for (const [set, name] of ['a', 'b'].entries()) {
    await mkdir(path.join(folder, name));
    for (let i = 0; i < count; i++) await writeImage(path.join(folder, name, `${i}.png`), set, i);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function writeImage(file: string, set: number, index: number, size = { width, height }): Promise<void> {
  const random = uniform(set, 'test/fid', 0, index, size.width * size.height * 3);
  const pixels = Uint8Array.from(random, (x) => Math.floor((256 - 80 * set) * x));
  await sharp(pixels, { raw: { ...size, channels: 3 } })
    .png()
    .toFile(file);
}

const fid = (...args: string[]) => sdx(['fid', ...args, ...small], { cwd: folder });

async function scores(...args: string[]): Promise<Comparison> {
  const { exitCode, stdout, stderr } = await fid(...args, '--json');
  expect(stderr.split('\n').filter((line) => line.startsWith('error'))).toEqual([]);
  expect(exitCode).toBe(0);
  return JSON.parse(stdout) as Comparison;
}

describe('scores', () => {
  it('come with their card, for people', async () => {
    const { exitCode, stdout } = await fid('a', 'b', '--metrics', 'fid,kid,precision-recall');
    expect(exitCode).toBe(0);
    const label = (line: string): string => line.split(/ {2,}/)[0]!;
    const lines = stdout.split('\n');
    expect(lines.map(label)).toEqual(
      'FID,KID,precision,recall,extractor,input,a,b,dtype,published'.split(','),
    );
    expect(lines[0]).toMatch(/^FID +\d+\.\d{4}$/);
    expect(stdout).toContain(`a: ${count} images (`);
    expect(stdout).toContain('75×75, bilinear');
    expect(stdout).toContain('not comparable');
  });

  it('do not depend on the batch size, to the last bit; the statistics saved on the way give them again', async () => {
    const metrics = ['--metrics', 'fid,kid,precision-recall'];
    const first = await scores('a', 'b', ...metrics, '--batch', '1', '--save', 'a.npz');
    expect(await scores('a', 'b', ...metrics, '--batch', '4')).toEqual(first);
    const again = await scores('a.npz', 'b');
    expect(Math.abs(again.fid! - first.fid!)).toBeLessThan(1e-6 * first.fid!);
    expect(again.card.a).toMatchObject({ count, preprocessing: `${width}×${height} as they are` });

    const other = await sdx(['fid', 'a.npz', 'b', '--input-size', '80'], { cwd: folder });
    expect(other.exitCode).toBe(3);
    expect(other.stderr).toContain('at 75×75, not of nsfwjs');
    const kid = await fid('a.npz', 'b', '--metrics', 'kid');
    expect(kid.exitCode).toBe(2);
    expect(kid.stderr).toContain('of a.npz only the mean and covariance are known');
  }, 300_000);
});

describe('statistics of other tools', () => {
  it('are compared with each other without any network', async () => {
    const sigma = Float64Array.of(4, 0, 0, 9);
    await writeNpz(path.join(folder, 'x.npz'), { mu: Float64Array.of(0, 0), sigma });
    await writeNpz(path.join(folder, 'y.npz'), {
      mu: Float64Array.of(3, 4),
      sigma: Float64Array.of(1, 0, 0, 1),
    });
    const { fid: found, card } = await scores('x.npz', 'y.npz');
    expect(found).toBeCloseTo(25 + 1 + 4, 12); // |mu|^2 + (2 - 1)^2 + (3 - 1)^2
    expect(card.extractor).toBeNull();
  });

  it('are not compared with features of nsfwjs', async () => {
    await writeNpz(path.join(folder, 'x.npz'), { mu: Float64Array.of(0), sigma: Float64Array.of(1) });
    const { exitCode, stderr } = await fid('x.npz', 'b');
    expect(exitCode).toBe(3);
    expect(stderr).toContain('x.npz does not say which network its statistics are of');
  });
});

describe('wrong input', () => {
  it.each([
    [['a', 'nowhere'], 3, 'nowhere does not exist'],
    [['a', 'b', '--metrics', 'fid,is'], 2, 'there is no metric "is"'],
    [['a', 'b', '--extractor', 'clean-fid'], 2, 'the extractor clean-fid needs --weights'],
    [['a', 'b', '--weights', 'x'], 2, '--weights has no use with the extractor nsfwjs'],
    [['a', 'b', '--extractor', 'dino'], 2, 'Allowed choices are nsfwjs, pytorch-fid, clean-fid'],
  ])('%j', async (args, code, message) => {
    const { exitCode, stderr, stdout } = await fid(...args);
    expect({ exitCode, stdout }).toEqual({ exitCode: code, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).toContain('hint: ');
  });

  it('names the image that has another size, or none', async () => {
    await mkdir(path.join(folder, 'mixed'));
    await writeImage(path.join(folder, 'mixed/0.png'), 0, 0);
    await writeImage(path.join(folder, 'mixed/1.png'), 0, 1, { width: 16, height: 16 });
    const { exitCode, stderr } = await fid('mixed', 'b');
    expect(exitCode).toBe(3);
    expect(stderr).toContain('0.png is 24x16, 1.png is 16x16');
    await mkdir(path.join(folder, 'broken'));
    await writeFile(path.join(folder, 'broken/0.png'), 'no image');
    expect((await fid('broken', 'b')).stderr).toContain('broken/0.png cannot be decoded');
  });

  it('refuses an .npz with neither statistics nor images', async () => {
    await writeFile(path.join(folder, 'not.npz'), 'nothing of the kind');
    const { exitCode, stderr } = await fid('not.npz', 'b');
    expect(exitCode).toBe(3);
    expect(stderr).toContain('not.npz is damaged');
  });
});
