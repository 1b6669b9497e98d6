// Images in one zip file, read where they lie. Order, names and classes are those that the unpacked folder would have.
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { InterruptedError, UserError } from '../../errors.ts';
import { damaged, withByteFile } from '../../files/byte-file.ts';
import { bytesColumn, numberColumn } from '../compact-columns.ts';
import type { EncodedImages, ImageFilesConfig, ImageSource } from '../decode/encoded-images.ts';
import { foldersAsLabels, isImageName } from '../image-files.ts';
import { imageFileKind } from '../open-source.ts';
import { readZipDirectory, readZipEntry, walkZip } from '../../files/zip-directory.ts';

export interface ZipConfig extends ImageFilesConfig {
  readonly kind: 'zip';
  /** `folders` (if absent too) names classes after the first folder level; `none` has no classes. */
  readonly labels?: 'folders' | 'none';
}

const zipSource: ImageSource<ZipConfig> = {
  async files(config) {
    const file = path.resolve(config.path);
    const isFile = await stat(file).then(
      (entry) => entry.isFile(),
      () => undefined,
    );
    if (isFile !== true)
      throw new UserError('input', `${file} ${isFile === false ? 'is not a file' : 'does not exist'}`, {
        hint: isFile === false ? 'use dataset.kind=folder for folders' : 'set dataset.path to a zip file',
        where: { file },
      });
    return { root: '', names: [], single: [{ as: 'archive', path: file }] };
  },
  async index({ labels }, { single }, { signal }) {
    const images = await indexZip(single[0]!.path, signal);
    const label = labels === 'none' ? undefined : foldersAsLabels(images.count, images.name);
    return { ...images, ...(label && { label }) };
  },
};

export const zip = imageFileKind(zipSource, {
  layout: 'one zip file of png, jpg or webp images, stored or deflated',
  async glance(config) {
    const { single } = await zipSource.files(config);
    return { images: (await withByteFile(single[0]!.path, readZipDirectory)).entries };
  },
});

async function indexZip(file: string, signal: AbortSignal | undefined): Promise<EncodedImages> {
  const names = bytesColumn();
  const columns = {
    offset: numberColumn(),
    compressedSize: numberColumn(),
    size: numberColumn(),
    crc: numberColumn(),
    method: numberColumn(),
  };
  await withByteFile(file, async (bytes) => {
    await walkZip(
      bytes,
      await readZipDirectory(bytes),
      (name, entry) => {
        if (!isSample(file, name.toString())) return;
        names.push(name);
        for (const key of Object.keys(columns) as (keyof typeof columns)[]) columns[key].push(entry[key]);
      },
      () => {
        if (signal?.aborted === true) throw new InterruptedError();
      },
    );
  });
  if (names.length === 0)
    throw new UserError('input', `no png, jpg or webp images in ${file}`, {
      hint: 'point dataset.path at a zip file of images',
      where: { file },
    });
  const order = Float64Array.from({ length: names.length }, (_, i) => i).sort((a, b) =>
    Buffer.compare(names.get(a), names.get(b)),
  );
  for (let i = 1; i < order.length; i++)
    if (names.get(order[i]!).equals(names.get(order[i - 1]!)))
      throw damaged(file, `it holds ${names.get(order[i]!).toString()} twice`, 'make the archive again');
  return {
    count: order.length,
    name: (index) => names.get(order[index]!).toString(),
    read: (index) => {
      const at = order[index]!;
      const { offset, compressedSize, size, crc, method } = columns;
      const entry = {
        offset: offset.get(at),
        compressedSize: compressedSize.get(at),
        size: size.get(at),
        crc: crc.get(at),
        method: method.get(at),
      };
      return withByteFile(file, (bytes) => readZipEntry(bytes, entry));
    },
    corrupt: [],
  };
}

/** Images count; folders, other files and macOS's shadow files do not. Throws for names that point outside. */
function isSample(file: string, name: string): boolean {
  if (!isImageName(name) || name.startsWith('__MACOSX/')) return false;
  const parts = name.split(/[/\\]/);
  if (parts.includes('..') || parts[0] === '' || name.includes('\0'))
    throw damaged(file, `it holds the unsafe name ${JSON.stringify(name)}`, 'make the archive again');
  return true;
}
