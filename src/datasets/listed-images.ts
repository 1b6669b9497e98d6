// `dataset.list`: a file with the name of one image a line, as latent-diffusion's lists of training and validation images
// are. Names are compared without folders and extension, which differ from copy to copy; where that does not tell images
// apart, without extension alone.
import { UserError } from '../errors.ts';
import { readGivenText } from '../files/regular-file.ts';
import type { CorruptSample } from './dataset.ts';
import type { EncodedImages } from './decode/encoded-images.ts';
import { toldAt } from './told-at.ts';

/** The names in `file`, in its order. Throws UserError('input') where there are none. */
export async function readImageList(file: string): Promise<string[]> {
  const hint = 'put the list there, or leave out dataset.list: all images are then taken';
  const text = await readGivenText(file, 'the list of images', hint);
  const names = [...new Set(text.split('\n').map((line) => line.trim()))].filter((name) => name !== '');
  if (names.length === 0)
    throw new UserError('input', `the list of images ${file} is empty`, { where: { file } });
  return names;
}

/** Those of `images` that `listed` names, in the order of the source; names without an image count as corrupt. */
export function listedImages(images: EncodedImages, listed: readonly string[], file: string): EncodedImages {
  const all = Array.from({ length: images.count }, (_, index) => images.name(index));
  const keyOf = new Set(all.map(baseName)).size === all.length ? baseName : withoutExtension;
  const wanted = new Map(listed.map((name) => [keyOf(name), name]));
  const picked = all.flatMap((name, index) => (wanted.has(keyOf(name)) ? [index] : []));
  if (picked.length === 0)
    throw new UserError('input', `none of the ${listed.length} names of ${file} is among the images`, {
      hint: `names are such as ${listed[0]!} there, and ${all[0] ?? 'none'} here`,
      where: { file },
    });
  const found = new Set(picked.map((index) => keyOf(all[index]!)));
  const missing: CorruptSample[] = [...wanted]
    .filter(([key]) => !found.has(key))
    .map(([, name]) => ({ file: name, reason: `named by ${file}, but not there` }));
  const at = (index: number): number => picked[index]!;
  return {
    count: picked.length,
    name: (index) => images.name(at(index)),
    read: (index) => images.read(at(index)),
    ...toldAt(images, at),
    corrupt: [...images.corrupt, ...missing],
  };
}

function withoutExtension(name: string): string {
  return name.replaceAll('\\', '/').replace(/\.[A-Za-z0-9]+$/, '');
}

function baseName(name: string): string {
  return withoutExtension(name).replace(/^.*\//, '');
}
