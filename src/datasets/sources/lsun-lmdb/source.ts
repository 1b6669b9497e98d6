// LSUN as published: one LMDB per category (church_outdoor_train_lmdb/data.mdb), values WebP or JPEG bytes, keys 40
// hexadecimal digits. All entries are samples, in key order. latent-diffusion splits the same set by lists of names.
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { InterruptedError, UserError } from '../../../errors.ts';
import { withByteFile } from '../../../files/byte-file.ts';
import { isFile } from '../../../files/exists.ts';
import { bytesColumn, numberColumn } from '../../compact-columns.ts';
import type { ImageFilesConfig, ImageSource } from '../../decode/encoded-images.ts';
import { imageFileKind } from '../../open-source.ts';
import { readLmdbMeta, readLmdbValue, walkLmdb } from './lmdb-pages.ts';

export interface LsunLmdbConfig extends ImageFilesConfig {
  readonly kind: 'lsun-lmdb';
}

const lsunLmdbSource: ImageSource<LsunLmdbConfig> = {
  async files(config) {
    return { root: '', names: [], single: [{ as: 'data.mdb', path: await lmdbFile(config.path) }] };
  },
  async index(_config, { single }, { signal }) {
    const file = single[0]!.path;
    const keys = bytesColumn();
    const offsets = numberColumn();
    const lengths = numberColumn(); // negative on overflow pages
    const pageSize = await withByteFile(file, async (bytes) => {
      const meta = await readLmdbMeta(bytes);
      await walkLmdb(
        bytes,
        meta,
        (key, value) => {
          keys.push(key);
          offsets.push(value.offset);
          lengths.push(value.overflow ? -value.length : value.length);
        },
        () => {
          if (signal?.aborted === true) throw new InterruptedError();
        },
      );
      return meta.pageSize;
    });
    if (keys.length === 0)
      throw new UserError('input', `${file} has no entries`, {
        hint: 'the archive was not unpacked completely: unpack it again',
        where: { file },
      });
    return {
      count: keys.length,
      name: (index) => keys.get(index).toString('latin1'),
      read: (index) =>
        withByteFile(file, (bytes) => {
          const length = lengths.get(index);
          const value = { offset: offsets.get(index), length: Math.abs(length), overflow: length < 0 };
          return readLmdbValue(bytes, value, pageSize);
        }),
      corrupt: [],
    };
  },
};

export const lsunLmdb = imageFileKind(lsunLmdbSource, {
  layout: 'a folder with data.mdb, e.g. church_outdoor_train_lmdb',
  async glance(config) {
    const { single } = await lsunLmdbSource.files(config);
    return { images: (await withByteFile(single[0]!.path, readLmdbMeta)).entries };
  },
});

/** The .mdb file that `given` names: itself, or data.mdb in it. */
async function lmdbFile(given: string): Promise<string> {
  const found = path.resolve(given);
  const isFolder = await stat(found).then(
    (entry) => entry.isDirectory(),
    () => undefined,
  );
  if (isFolder === false) return found;
  const file = path.join(found, 'data.mdb');
  if (isFolder === true && (await isFile(file))) return file;
  throw new UserError('input', isFolder ? `no data.mdb in ${found}` : `${found} does not exist`, {
    hint: 'point dataset.path at an unpacked LSUN folder such as church_outdoor_train_lmdb',
    where: { file: found },
  });
}
