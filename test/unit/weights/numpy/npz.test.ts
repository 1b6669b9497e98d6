// Files that NumPy wrote (test/fixtures/make-npz-files.py), and ours.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNpz, writeNpz } from '../../../../src/weights/numpy/npz.ts';
import { InvariantError, UserError } from '../../../../src/errors.ts';
import { zipBytes } from '../../../fixtures/zip-bytes.ts';
import { folderPerFile } from '../../../support/temporary-folder.ts';

const inFolder = folderPerFile();
const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../../fixtures/npz/${name}`, import.meta.url));
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe('readNpz', () => {
  it.each(['stored.npz', 'deflated.npz'])('reads what NumPy wrote: %s', async (name) => {
    const arrays = await readNpz(fixture(name));
    expect(arrays).toEqual({
      mu: { shape: [6], data: Float64Array.from(range(6), (i) => i / 7) },
      sigma: { shape: [3, 4], data: Float64Array.from(range(12), (i) => i ** 2 / 3) },
      arr_0: { shape: [2, 2, 2, 3], data: Uint8Array.from(range(24)) },
      f4: { shape: [5], data: Float32Array.of(-1, -0.5, 0, 0.5, 1) },
      i8: { shape: [3], data: BigInt64Array.of(-(2n ** 40n), 0n, 2n ** 40n) },
      scalar: { shape: [], data: Float64Array.of(3.25) },
      fortran: { shape: [2, 3, 4], data: Float64Array.from(range(24)) },
    });
  });

  it('reads only what is asked for, and says what there is instead', async () => {
    expect(Object.keys(await readNpz(fixture('deflated.npz'), ['sigma', 'mu']))).toEqual(['sigma', 'mu']);
    await expect(readNpz(fixture('stored.npz'), ['mu_s'])).rejects.toMatchObject({
      message: expect.stringMatching(/holds no "mu_s"/) as string,
      hint: expect.stringMatching(/mu, sigma, arr_0/) as string,
    });
  });

  it.each([
    { what: 'pickled objects', file: fixture('pickled.npz'), message: /type \|O/ },
    { what: 'big-endian numbers', file: fixture('big-endian.npz'), message: /type >f8/ },
    { what: 'no zip at all', bytes: Buffer.from('mu'), message: /does not end like a zip/ },
    {
      what: 'an impossible ratio',
      bytes: zipBytes([{ name: 'mu.npy', data: Buffer.alloc(10), deflated: true, says: { size: 2 ** 27 } }]),
      message: /unpack to more than is possible/,
    },
    {
      what: 'a bomb that says it is small',
      bytes: zipBytes([{ name: 'mu.npy', data: Buffer.alloc(1 << 24), deflated: true, says: { size: 128 } }]),
      message: /does not unpack/,
    },
    {
      what: 'a member that is no array',
      bytes: zipBytes([{ name: 'mu.npy', data: Buffer.alloc(64) }]),
      message: /NumPy header/,
    },
    {
      what: 'a member twice',
      bytes: zipBytes([
        { name: 'mu.npy', data: Buffer.alloc(1) },
        { name: 'mu', data: Buffer.alloc(1) },
      ]),
      message: /"mu" stands twice/,
    },
  ])('refuses $what', async ({ what, file = inFolder(what), bytes, message }) => {
    if (bytes !== undefined) writeFileSync(file, bytes);
    await expect(readNpz(file)).rejects.toThrow(message);
    await expect(readNpz(file)).rejects.toThrow(UserError);
  });

  it('gives arrays or a UserError for flipped bytes, never anything else', async () => {
    const valid = readFileSync(fixture('deflated.npz'));
    const file = inFolder('fuzz');
    const flips = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(flips, async (changes) => {
        const bytes = Buffer.from(valid);
        for (const [at, mask] of changes) bytes[at]! ^= mask;
        writeFileSync(file, bytes);
        const outcome: unknown = await readNpz(file).catch((error: unknown) => error);
        if (outcome instanceof Error && !(outcome instanceof UserError)) throw outcome;
      }),
      { numRuns: 300, seed: 11 },
    );
  });
});

describe('writeNpz', () => {
  it('writes statistics that are read back exactly, the same bytes each time', async () => {
    const mu = Float64Array.of(1 / 3, -1e-300);
    const sigma = Float64Array.of(1, 0.1, 0.1, NaN);
    await writeNpz(inFolder('one.npz'), { mu, sigma });
    await writeNpz(inFolder('two.npz'), { mu, sigma });
    expect(readFileSync(inFolder('one.npz')).equals(readFileSync(inFolder('two.npz')))).toBe(true);
    expect(await readNpz(inFolder('one.npz'))).toEqual({
      mu: { shape: [2], data: mu },
      sigma: { shape: [2, 2], data: sigma },
    });
  });

  it('writes each array as NumPy does', async () => {
    const mu = Float64Array.from(range(6), (i) => i / 7);
    await writeNpz(inFolder('numpy.npz'), { mu, sigma: new Float64Array(36) });
    const npy = Buffer.alloc(128 + 48, ' ');
    npy.write("\x93NUMPY\x01\x00\x76\x00{'descr': '<f8', 'fortran_order': False, 'shape': (6,), }", 'latin1');
    npy.write('\n', 127, 'latin1');
    Buffer.from(mu.buffer).copy(npy, 128);
    expect(readFileSync(inFolder('numpy.npz')).includes(npy)).toBe(true);
    expect(readFileSync(fixture('stored.npz')).includes(npy)).toBe(true);
  });

  it('refuses a covariance of another size, as a bug', async () => {
    const bad = { mu: new Float64Array(2), sigma: new Float64Array(3) };
    await expect(writeNpz(inFolder('bad.npz'), bad)).rejects.toThrow(InvariantError);
  });
});
