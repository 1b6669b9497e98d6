import { appendFile, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gaussianOf } from '../../../src/metrics/frechet.ts';
import { gaussianOfFile, openFeatureWriter, readFeatures } from '../../../src/stages/features-file.ts';
import { gaussianMatrix } from '../linalg/random.ts';

const cols = 5;
let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sdx-features-'));
  file = path.join(folder, 'features.f32');
});
afterEach(() => rm(folder, { recursive: true }));

const rowsOf = (n: number): Float32Array => Float32Array.from(gaussianMatrix(n, cols, 1).data);

async function write(rows: Float32Array, most = 10_000): Promise<void> {
  const writer = await openFeatureWriter(file, cols, most);
  await writer.write(rows.subarray(writer.done * cols), writer.done);
  await writer.close();
}

describe('openFeatureWriter', () => {
  it('writes what readFeatures reads', async () => {
    const data = rowsOf(7);
    await write(data);
    expect(await readFeatures(file, cols)).toEqual({ rows: 7, cols, data });
  });

  it('goes on after the last whole row of an interrupted run', async () => {
    await write(rowsOf(3));
    await appendFile(file, Buffer.alloc(11, 0xff)); // half a row
    const writer = await openFeatureWriter(file, cols, 100);
    expect(writer.done).toBe(3);
    await writer.close();
    expect((await stat(file)).size).toBe(3 * cols * 4);
    await write(rowsOf(7));
    expect((await readFeatures(file, cols)).data).toEqual(rowsOf(7));
  });

  it('cuts off rows that are no longer asked for', async () => {
    await write(rowsOf(7));
    await write(rowsOf(4), 4);
    expect((await readFeatures(file, cols)).data).toEqual(rowsOf(4));
  });
});

describe('gaussianOfFile', () => {
  it.each([3, 5, 6, 2500])('of %d rows equals that of the rows in memory, to the last bit', async (n) => {
    await write(rowsOf(n));
    expect(await gaussianOfFile(file, cols)).toEqual({ ...gaussianOf(rowsOf(n), cols), count: n });
  });
});

it('refuses a file of other rows', async () => {
  await writeFile(file, Buffer.alloc(30));
  await expect(readFeatures(file, cols)).rejects.toThrow('30 bytes are no rows of 5 numbers');
});
