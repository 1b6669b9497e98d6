// COCO's captions file (captions_val2014.json) and, from it, the prompts of the zero-shot protocol.
import { readFile } from 'node:fs/promises';
import { InvariantError, UserError } from '../../../errors.ts';
import { permutation } from '../../../rng/noise.ts';

/** An image of the captions file. */
export interface CocoImage {
  readonly id: number;
  readonly file: string;
  /** In the order of the file, white space around them removed; may be empty. */
  readonly captions: readonly string[];
}

interface CaptionsJson {
  readonly images: readonly { readonly id: number; readonly file_name: string }[];
  readonly annotations: readonly { readonly image_id: number; readonly caption: string }[];
}

/** The images of a captions file by ascending id. Throws UserError('input') if it is not of that form. */
export async function readCocoCaptions(file: string): Promise<CocoImage[]> {
  const { images, annotations } = await parseCaptions(file);
  const captions = new Map<number, string[]>(images.map(({ id }) => [id, []]));
  if (captions.size < images.length) throw malformed(file, 'two images have the same id');
  for (const { image_id, caption } of annotations) captions.get(image_id)?.push(caption.trim());
  return images
    .map(({ id, file_name }) => ({ id, file: file_name, captions: captions.get(id)! }))
    .sort((a, b) => a.id - b.id);
}

async function parseCaptions(file: string): Promise<CaptionsJson> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw malformed(file, cause instanceof SyntaxError ? cause.message : 'it cannot be read', cause);
  }
  const { images, annotations } = (parsed ?? {}) as Record<string, unknown>;
  const fits = (list: unknown, fields: Readonly<Record<string, string>>): boolean =>
    Array.isArray(list) &&
    list.every(
      (item: Record<string, unknown> | null) =>
        item !== null && Object.entries(fields).every(([key, type]) => typeof item[key] === type),
    );
  if (!fits(images, { id: 'number', file_name: 'string' })) throw malformed(file, 'no list of images');
  if (!fits(annotations, { image_id: 'number', caption: 'string' }))
    throw malformed(file, 'no list of captions');
  return parsed as CaptionsJson;
}

function malformed(file: string, problem: string, cause?: unknown): UserError {
  return new UserError('input', `${file} is not a COCO captions file: ${problem}`, {
    hint: 'set dataset.annotations to captions_val2014.json of annotations_trainval2014.zip',
    where: { file },
    cause,
  });
}

/** A prompt and the image it describes: an index into the list that it was drawn from. */
export interface Prompt {
  readonly image: number;
  readonly caption: string;
}

/**
 * `count` prompts for zero-shot FID (30,000 of val2014 in the usual protocol), drawn without replacement by `seed`
 * alone. One caption of each image, in random order, before any image gives a second; which one is random too.
 * Throws UserError('usage') where there are fewer captions.
 */
export function promptSet(captions: readonly (readonly string[])[], count = 30_000, seed = 0): Prompt[] {
  const available = captions.reduce((sum, { length }) => sum + length, 0);
  if (!Number.isInteger(count) || count < 0) throw new InvariantError(`${count} prompts`);
  if (count > available)
    throw new UserError('usage', `${count} prompts were asked for, but there are ${available} captions`, {
      hint: `ask for at most ${available}`,
    });
  const images = permutation(seed, 'prompts-images', 0, captions.length);
  const prompts: Prompt[] = [];
  for (let round = 0; prompts.length < count; round++) {
    for (const image of images) {
      const own = captions[image]!;
      if (round >= own.length) continue;
      if (prompts.length === count) break;
      const caption = own[permutation(seed, 'prompts-captions', image, own.length)[round]!]!;
      prompts.push({ image, caption });
    }
  }
  return prompts;
}
