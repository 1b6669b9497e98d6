// Features of images on disk: float32, row after row, so that statistics of any number of images take little memory.
import { open, type FileHandle } from 'node:fs/promises';
import { readAt } from '../../files/positional-io.ts';
import { InvariantError } from '../../errors.ts';
import { gaussianOf, type Gaussian } from '../../metrics/frechet.ts';
import type { FeatureRows } from '../../metrics/feature-rows.ts';
import { MomentAccumulator } from '../../metrics/moments.ts';

/** How stages call the file. */
export const featuresFile = 'features.f32';

/** All rows. */
export function readFeatures(file: string, cols: number): Promise<FeatureRows> {
  return withRows(file, cols, (rows, read) => read(0, rows).then((data) => ({ rows, cols, data })));
}

const rowsAtOnce = 1024;

/** The Gaussian fitted to the rows: as `gaussianOf`, but of many rows only a few are in memory at once. */
export function gaussianOfFile(file: string, cols: number): Promise<Gaussian & { readonly count: number }> {
  return withRows(file, cols, async (rows, read) => {
    if (rows <= cols) return { ...gaussianOf(await read(0, rows), cols), count: rows };
    const accumulator = new MomentAccumulator(cols);
    for (let start = 0; start < rows; start += rowsAtOnce)
      accumulator.add(await read(start, Math.min(rowsAtOnce, rows - start)));
    return accumulator.finish();
  });
}

type ReadRows = (start: number, count: number) => Promise<Float32Array>;

async function withRows<T>(
  file: string,
  cols: number,
  use: (rows: number, read: ReadRows) => Promise<T>,
): Promise<T> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const rowBytes = cols * Float32Array.BYTES_PER_ELEMENT;
    if (size % rowBytes !== 0)
      throw new InvariantError(`${file}: ${size} bytes are no rows of ${cols} numbers`);
    return await use(size / rowBytes, (start, count) => readRows(handle, start * rowBytes, count * cols));
  } finally {
    await handle.close();
  }
}

async function readRows(handle: FileHandle, position: number, length: number): Promise<Float32Array> {
  const data = new Float32Array(length);
  const bytes = new Uint8Array(data.buffer);
  if (!(await readAt(handle, bytes, position)))
    throw new InvariantError('a file of features became shorter while it was read');
  return data;
}
