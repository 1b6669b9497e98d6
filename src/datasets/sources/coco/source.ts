// COCO images with captions: a folder (val2014) and a captions file. One sample per image, with its first caption or all
// of them, in the order of image ids. The captions file says which images there are; others in the folder are left alone.
import { access } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../../errors.ts';
import { readCocoCaptions } from './coco-captions.ts';
import type { CorruptSample } from '../../dataset.ts';
import type { ImageFilesConfig, ImageSource } from '../../decode/encoded-images.ts';
import { imageFileKind } from '../../open-source.ts';
import { imagesOf } from '../folder.ts';
import { orderedMap } from '../../ordered-map.ts';

export interface CocoConfig extends ImageFilesConfig {
  readonly kind: 'coco';
  /** captions_val2014.json or one like it. */
  readonly annotations: string;
  /** `first` (if absent too) keeps the first caption of each image. */
  readonly captions?: 'first' | 'all';
}

const looksAtOnce = 16;

/** Names of images are plain: the file may come from anywhere. */
function isPlainName(name: string): boolean {
  return !path.isAbsolute(name) && !/(^|[/\\])\.\.([/\\]|$)|\0/.test(name);
}

const cocoSource: ImageSource<CocoConfig> = {
  digestedFiles: ['annotations'],
  async files({ path: folder, annotations }) {
    const root = path.resolve(folder);
    const images = await readCocoCaptions(annotations);
    const bad = images.find(({ file }) => !isPlainName(file));
    if (bad !== undefined || images.length === 0)
      throw new UserError('input', `${annotations} names ${bad ? `the file ${bad.file}` : 'no images'}`, {
        hint: 'set dataset.annotations to captions_val2014.json of annotations_trainval2014.zip',
        where: { file: annotations },
      });
    const present = await orderedMap(
      images,
      ({ file }) =>
        access(path.join(root, file)).then(
          () => true,
          () => false,
        ),
      { width: looksAtOnce },
    );
    const names = images.flatMap(({ file }, i) => (present[i] ? [file] : []));
    if (names.length === 0)
      throw new UserError('input', `none of the ${images.length} images of ${annotations} is in ${root}`, {
        hint: 'point dataset.path at the folder of images, e.g. val2014',
        where: { file: root },
      });
    return { root, names, single: [{ as: 'annotations', path: annotations }] };
  },
  async index({ annotations, captions: kept }, files) {
    const images = await readCocoCaptions(annotations);
    const captionsOf = new Map(images.map(({ file, captions }) => [file, captions]));
    const present = new Set(files.names);
    const corrupt: CorruptSample[] = images.flatMap(({ file, captions }) => {
      if (!present.has(file)) return [{ file, reason: 'named by the captions file, but not in the folder' }];
      return captions.length === 0 ? [{ file, reason: 'no caption' }] : [];
    });
    const names = files.names.filter((name) => captionsOf.get(name)?.[0] !== undefined);
    const captions = (index: number): readonly string[] => captionsOf.get(names[index]!)!;
    return {
      ...imagesOf({ ...files, names }),
      caption: (index) => captions(index)[0]!,
      ...(kept === 'all' && { captions }),
      corrupt,
    };
  },
};

export const coco = imageFileKind(cocoSource, {
  layout: 'the folder of images (val2014), and the captions file as dataset.annotations',
  async glance(config) {
    const { names } = await cocoSource.files(config);
    const listed = (await readCocoCaptions(config.annotations)).length;
    const absent = listed - names.length;
    if (absent > config.maxCorrupt)
      throw new UserError(
        'input',
        `${absent} of the ${listed} images of ${config.annotations} are not in ${config.path}`,
      );
    return { images: names.length };
  },
});
