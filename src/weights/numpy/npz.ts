// NumPy's .npz: a zip of .npy files. Read for the reference statistics of FID (pytorch-fid and clean-fid: mu, sigma;
// ADM: arr_0 too), and written so that those tools read ours.
import { InvariantError } from '../../errors.ts';
import { crc32 } from '../../files/crc32.ts';
import { readZipDirectory, readZipEntry, walkZip, type ZipEntry } from '../../files/zip-directory.ts';
import { writeFileAtomic } from '../../files/atomic-file.ts';
import { decodeNpy, encodeNpy, type NpyArray } from './npy.ts';
import { damagedFile, openWeightsFile, quoteName, type WeightsFile } from '../weights-file.ts';

const maxMembers = 10_000;
/** Deflate packs at most 1032 to 1. */
const maxRatio = 1032;

/**
 * The arrays of `path` by name, all or those in `names`: float64, float32, int64 and uint8, stored or deflated.
 * Throws UserError('input') for what is damaged, pickled, or missing.
 */
export async function readNpz(
  path: string,
  names?: readonly string[],
): Promise<Readonly<Record<string, NpyArray>>> {
  const file = await openWeightsFile(path);
  try {
    const members = await npzMembers(file);
    const arrays: [string, NpyArray][] = [];
    for (const name of names ?? members.keys()) {
      const entry = members.get(name);
      if (entry === undefined)
        throw damagedFile(
          path,
          `it holds no ${quoteName(name)}`,
          `it holds ${[...members.keys()].join(', ')}`,
        );
      arrays.push([name, decodeNpy(await readZipEntry(file, entry), path, name)]);
    }
    return Object.fromEntries(arrays);
  } finally {
    await file.close();
  }
}

/** The members of an open .npz by the names of their arrays. Throws UserError('input'). */
export async function npzMembers(file: WeightsFile): Promise<ReadonlyMap<string, ZipEntry>> {
  const directory = await readZipDirectory(file);
  if (directory.entries > maxMembers)
    throw damagedFile(file.path, `its directory claims ${directory.entries} entries`);
  const members = new Map<string, ZipEntry>();
  await walkZip(file, directory, (bytes, entry) => {
    const name = bytes.toString().replace(/\.npy$/, '');
    if (members.has(name)) throw damagedFile(file.path, `${quoteName(name)} stands twice in it`);
    if (entry.size > entry.compressedSize * maxRatio)
      throw damagedFile(file.path, `${quoteName(name)} claims to unpack to more than is possible`);
    members.set(name, entry);
  });
  return members;
}

/**
 * Writes mean `mu` [D] and covariance `sigma` [D, D], row-major, as pytorch-fid does; atomically, and the same bytes for
 * the same numbers. Members in `texts` stand beside them as UTF-8 bytes, which other tools pass over.
 */
export async function writeNpz(
  path: string,
  { mu, sigma }: { readonly mu: Float64Array; readonly sigma: Float64Array },
  texts: Readonly<Record<string, string>> = {},
): Promise<void> {
  const size = mu.length;
  if (sigma.length !== size * size)
    throw new InvariantError(`a covariance of ${sigma.length} numbers for ${size} dimensions`);
  await writeFileAtomic(
    path,
    storedZip([
      ['mu.npy', encodeNpy({ shape: [size], data: mu })],
      ['sigma.npy', encodeNpy({ shape: [size, size], data: sigma })],
      ...Object.entries(texts).map(([name, text]): [string, Buffer] => {
        const data = new TextEncoder().encode(text);
        return [`${name}.npy`, encodeNpy({ shape: [data.length], data })];
      }),
    ]),
  );
}

/** A zip of stored members below 4 GiB, dated 1980-01-01 (APPNOTE 4.3). */
function storedZip(members: readonly (readonly [string, Buffer])[]): Buffer {
  const parts: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [name, bytes] of members) {
    if (offset + bytes.length >= 0xffffffff) throw new InvariantError('statistics of more than 4 GiB');
    // Version 2.0, flags, method 0, time 0, date 1980-01-01, CRC, both sizes, length of the name, of the extra field.
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(0x21, 8);
    fields.writeUInt32LE(crc32(bytes), 10);
    fields.writeUInt32LE(bytes.length, 14);
    fields.writeUInt32LE(bytes.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, Buffer.from(name), bytes]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    central.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), fields, place, Buffer.from(name));
    parts.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, directory, end]);
}
