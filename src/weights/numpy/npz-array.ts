// One large array of an .npz, read a few rows at a time: ADM publishes samples and reference images as gigabytes of
// pixels in one member.
import { readZipEntry, type ZipEntry } from '../../files/zip-directory.ts';
import { UserError } from '../../errors.ts';
import { sizeOf } from '../../engine/engine.ts';
import { decodeNpy, maxNpyHeader, parseNpyHeader } from './npy.ts';
import { npzMembers } from './npz.ts';
import { damagedFile, openWeightsFile, quoteName, type WeightsFile } from '../weights-file.ts';

/** A uint8 array [n, ...] of an open file. */
export interface NpzRows {
  readonly shape: readonly number[];
  /** Row `index` of the first axis. */
  row(index: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Names of the arrays of `path`. Throws UserError('input') if it is no .npz. */
export async function npzNames(path: string): Promise<ReadonlySet<string>> {
  const file = await openWeightsFile(path);
  try {
    return new Set((await npzMembers(file)).keys());
  } finally {
    await file.close();
  }
}

/** Opens the uint8 array `name` of `path`. Throws UserError('input') where it is missing, damaged, or of other numbers. */
export async function openNpzRows(path: string, name: string): Promise<NpzRows> {
  const file = await openWeightsFile(path);
  try {
    const entry = (await npzMembers(file)).get(name);
    if (entry === undefined) throw damagedFile(path, `it holds no ${quoteName(name)}`);
    return await (entry.method === 0 ? storedRows(file, entry, name) : inflatedRows(file, entry, name));
  } catch (error) {
    await file.close();
    throw error;
  }
}

const localHeaderBytes = 30;

async function storedRows(file: WeightsFile, entry: ZipEntry, name: string): Promise<NpzRows> {
  const local = await file.read(entry.offset, localHeaderBytes);
  const start = entry.offset + localHeaderBytes + local.readUInt16LE(26) + local.readUInt16LE(28);
  const head = await file.read(start, Math.min(entry.size, maxNpyHeader));
  const header = parseNpyHeader(head, file.path, name);
  const { shape } = header;
  refuseOthers(file.path, name, header);
  const rowBytes = sizeOf(shape.slice(1));
  if (header.start + shape[0]! * rowBytes !== entry.size)
    throw damagedFile(
      file.path,
      `${quoteName(name)} has ${entry.size} bytes for the shape [${shape.join()}]`,
    );
  return {
    shape,
    row: (index) => file.read(start + header.start + index * rowBytes, rowBytes),
    close: () => file.close(),
  };
}

/** Deflated arrays can only be read from the beginning, so they are held in memory. */
async function inflatedRows(file: WeightsFile, entry: ZipEntry, name: string): Promise<NpzRows> {
  const bytes = Buffer.from(await readZipEntry(file, entry));
  refuseOthers(file.path, name, parseNpyHeader(bytes, file.path, name));
  const { shape, data } = decodeNpy(bytes, file.path, name);
  const rowBytes = sizeOf(shape.slice(1));
  return {
    shape,
    row: (index) => Promise.resolve((data as Uint8Array).subarray(index * rowBytes, (index + 1) * rowBytes)),
    close: () => file.close(),
  };
}

function refuseOthers(
  path: string,
  name: string,
  {
    shape,
    descr,
    fortran,
  }: { readonly shape: readonly number[]; readonly descr: string; readonly fortran: boolean },
): void {
  if (shape.length > 0 && descr === '|u1' && !fortran) return;
  throw new UserError(
    'input',
    `${quoteName(name)} in ${path} is ${descr}${fortran ? ', column-major' : ''}`,
    {
      hint: 'save images as uint8 [count, height, width, 3] with numpy.savez',
      where: { file: path },
    },
  );
}
