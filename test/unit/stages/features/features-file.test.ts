import { writeFile } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { gaussianOf } from '../../../../src/metrics/frechet.ts';
import { gaussianOfFile, readFeatures } from '../../../../src/stages/features/features-file.ts';
import { gaussianMatrix } from '../../../support/random-matrix.ts';
import { folderPerTest } from '../../../support/temporary-folder.ts';

const cols = 5;
const temporary = folderPerTest();
let file: string;

beforeEach(() => {
  file = temporary('features.f32');
});

const rowsOf = (n: number): Float32Array => Float32Array.from(gaussianMatrix(n, cols, 1).data);

async function write(rows: Float32Array): Promise<void> {
  await writeFile(file, rows);
}

it('reads the rows of a file', async () => {
  const data = rowsOf(7);
  await write(data);
  expect(await readFeatures(file, cols)).toEqual({ rows: 7, cols, data });
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
