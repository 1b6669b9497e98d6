// ILSVRC2012 as unpacked: training images in one folder per synset (n01440764/n01440764_18.JPEG), validation images
// likewise or in one flat folder with a file of labels. Labels are synsets; sorted, they give the class index, as in
// latent-diffusion and ADM.
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../../errors.ts';
import { readRegularFile } from '../../../files/regular-file.ts';
import type { ImageFilesConfig, ImageSource, SourceFiles } from '../../decode/encoded-images.ts';
import { imagesOf } from '../folder.ts';
import { compareCodePoints } from '../../image-files.ts';
import { imageFileKind } from '../../open-source.ts';
import { parseGroundTruth, readSynsetList } from './imagenet-labels.ts';
import { orderedMap } from '../../ordered-map.ts';

export interface ImagenetConfig extends ImageFilesConfig {
  readonly kind: 'imagenet';
  /** Labels of a flat validation folder; see imagenet-labels.ts for the forms. */
  readonly groundTruth?: string;
  /** The synset of each number in `groundTruth`, line by line, where it holds numbers. */
  readonly synsets?: string;
}

const foldersAtOnce = 8;

const imagenetSource: ImageSource<ImagenetConfig> = {
  digestedFiles: ['groundTruth', 'synsets'],
  async files(config) {
    const root = path.resolve(config.path);
    const { synsets, images } = await listLayout(root);
    if (config.groundTruth === undefined) {
      if (synsets.length === 0) throw noSynsets(root, images.length);
      const lists = await orderedMap(synsets, (synset) => jpegs(root, synset), { width: foldersAtOnce });
      return { root, names: lists.flat(), single: [] };
    }
    if (images.length === 0)
      throw new UserError('input', `no JPEG files directly in ${root}`, {
        hint: 'dataset.groundTruth is for a flat validation folder; leave it out where there are synset folders',
        where: { file: root },
      });
    const single = [{ as: 'groundTruth', path: config.groundTruth }];
    if (config.synsets !== undefined) single.push({ as: 'synsets', path: config.synsets });
    return { root, names: images, single };
  },
  async index(config, files) {
    const label = await labelsOf(config, files);
    return { ...imagesOf(files), label };
  },
};

export const imagenet = imageFileKind(imagenetSource, {
  layout:
    'a folder with one sub-folder of JPEG files per synset (n01440764, ...), or a flat folder and dataset.groundTruth',
  async glance(config) {
    const files = await imagenetSource.files(config);
    // Reads the labels of a flat folder: a wrong file must not wait until the images are hashed.
    const { count: images, label } = await imagenetSource.index(config, files, {});
    const classes = new Set<string>();
    for (let i = 0; i < images; i++) classes.add(label!(i));
    return { images, classes: classes.size };
  },
});

async function labelsOf(config: ImagenetConfig, { names }: SourceFiles): Promise<(index: number) => string> {
  if (config.groundTruth === undefined) return (index) => names[index]!.split('/', 1)[0]!;
  const synsets = config.synsets === undefined ? undefined : await readSynsetList(config.synsets);
  const text = await readLabels(config.groundTruth);
  const labels = parseGroundTruth(text, names, { file: config.groundTruth, ...(synsets && { synsets }) });
  return (index) => labels[index]!;
}

async function readLabels(file: string): Promise<string> {
  try {
    return (await readRegularFile(file)).toString();
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError('input', `cannot read the labels ${file}`, {
      hint: 'correct dataset.groundTruth',
      where: { file },
      cause,
    });
  }
}

/** Synset folders, and JPEG files beside them, each sorted. */
async function listLayout(root: string): Promise<{ synsets: string[]; images: string[] }> {
  try {
    const entries = await readdir(root, { withFileTypes: true });
    const names = (wanted: (entry: (typeof entries)[number]) => boolean): string[] =>
      entries
        .filter(wanted)
        .map(({ name }) => name)
        .sort(compareCodePoints);
    return {
      synsets: names((entry) => !entry.isFile() && /^n\d{8}$/.test(entry.name)),
      images: names((entry) => !entry.isDirectory() && isJpeg(entry.name)),
    };
  } catch (cause) {
    throw new UserError('input', `cannot read ${root}`, {
      hint: 'point dataset.path at the unpacked ILSVRC2012 images',
      where: { file: root },
      cause,
    });
  }
}

function isJpeg(name: string): boolean {
  return /\.jpe?g$/i.test(name);
}

async function jpegs(root: string, synset: string): Promise<string[]> {
  const names = (await readdir(path.join(root, synset))).filter(isJpeg).sort(compareCodePoints);
  if (names.length === 0)
    throw new UserError('input', `no JPEG files in ${path.join(root, synset)}`, {
      hint: `unpack ${synset}.tar of ILSVRC2012_img_train.tar into it`,
      where: { file: path.join(root, synset) },
    });
  return names.map((name) => `${synset}/${name}`);
}

function noSynsets(root: string, images: number): UserError {
  const found = images > 0 ? `; found ${images} JPEG files without folders` : '';
  return new UserError('input', `no synset folders such as n01440764 in ${root}${found}`, {
    hint:
      images > 0
        ? 'for a flat validation folder give the labels as dataset.groundTruth'
        : 'unpack ILSVRC2012_img_train.tar, then each of the 1,000 tar files in it into a folder of its own',
    where: { file: root },
  });
}
