// COCO's captions file (captions_val2014.json).
import { UserError } from '../../../errors.ts';
import { readRegularFile } from '../../../files/regular-file.ts';

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
    parsed = JSON.parse((await readRegularFile(file)).toString());
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
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
