// The captions that a zero-shot protocol samples for: drawn from all captions of a data set by a seed of their own, so
// that every model is told the same ones.
import { InvariantError, UserError } from '../../errors.ts';
import { permutation } from '../../rng/noise.ts';

/** A prompt and the image it describes: an index into the list that it was drawn from. */
export interface Prompt {
  readonly image: number;
  readonly caption: string;
}

/**
 * `count` prompts (30,000 of val2014 in zero-shot FID-30K), drawn without replacement by `seed` alone. One caption of each
 * image, in random order, before any image gives a second; which one is random too. Fewer prompts are the first of more.
 * Throws UserError('usage') where there are fewer captions.
 */
export function promptSet(
  captions: readonly (readonly string[])[],
  { count, seed }: { readonly count: number; readonly seed: number },
): Prompt[] {
  const available = captions.reduce((sum, { length }) => sum + length, 0);
  if (!Number.isInteger(count) || count < 0) throw new InvariantError(`${count} prompts`);
  if (count > available)
    throw new UserError('usage', `${count} prompts were asked for, but there are ${available} captions`, {
      hint: `set sample.count to ${available} at most, or leave out sample.promptSeed: captions then come again`,
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
