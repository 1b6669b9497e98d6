// A folder of PNG, JPEG or WebP images, read recursively in code point order. FFHQ and CelebA-HQ come in this form.
// Images in sub-folders take the first folder's name as their class, unless told otherwise.
import path from 'node:path';
import { UserError } from '../../errors.ts';
import { readRegularFile } from '../../files/regular-file.ts';
import type { EncodedImages, ImageFilesConfig, ImageSource, SourceFiles } from '../decode/encoded-images.ts';
import { imageFileKind } from '../open-source.ts';
import { foldersAsLabels, listImages } from '../image-files.ts';

export interface FolderConfig extends ImageFilesConfig {
  readonly kind: 'folder';
  /** `folders` (if absent too) names classes after the first folder level; `none` has no classes. */
  readonly labels?: 'folders' | 'none';
}

const folderSource: ImageSource<FolderConfig> = {
  async files(config) {
    const root = path.resolve(config.path);
    const names = await listImages(root);
    if (names.length === 0)
      throw new UserError('input', `no png, jpg or webp images in ${root}`, {
        hint: 'point dataset.path at the folder that holds the images (sub-folders are read too)',
        where: { file: root },
      });
    return { root, names, single: [] };
  },
  index({ labels }, files) {
    const images = imagesOf(files);
    const label = labels === 'none' ? undefined : foldersAsLabels(images.count, images.name);
    return Promise.resolve({ ...images, ...(label && { label }) });
  },
};

export const folder = imageFileKind(folderSource, {
  layout: 'a folder of png, jpg or webp images; sub-folders are read too',
  holdsAnyPublished: true,
});

/** The named files as they are. */
export function imagesOf({ root, names }: SourceFiles): EncodedImages {
  return {
    count: names.length,
    name: (index) => names[index]!,
    read: (index) => readRegularFile(path.join(root, names[index]!)),
    corrupt: [],
  };
}
