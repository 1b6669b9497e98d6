// Which avatars differ. Avatars are numbered; a picture belongs to the lowest number that gives it, and all others that
// give it are left out. Finding out takes rendering every number up to the last one needed, once.
import { createHash } from 'node:crypto';
import { UserError } from '../../../errors.ts';
import type { DatasetOptions } from '../../dataset.ts';
import type { DigestCache } from '../../digest/digest-cache.ts';
import { orderedMap } from '../../ordered-map.ts';

const rendersAtOnce = 4;
const mostInSegment = 1000;
/** Ends the search where three quarters of the numbers give pictures that were there before. */
const triesPerAvatar = 4;

export interface DistinctOptions extends DatasetOptions {
  readonly count: number;
  /** What the pictures follow from: the key under which `cache` remembers which numbers repeat others. */
  readonly key: string;
  readonly cache: DigestCache;
}

/**
 * The first `count` numbers whose pictures no lower number gives; `render` gives the picture of a number.
 * Throws UserError('usage') where there are too few, InterruptedError on abort.
 */
export async function distinctAvatars(
  render: (number: number) => Promise<Uint8Array>,
  { count, key, cache, signal, onProgress }: DistinctOptions,
): Promise<Float64Array> {
  const known = cache.getCheck(key);
  const found = new Float64Array(count);
  let have = 0;
  const take = (number: number): void => {
    if (have < count) found[have++] = number;
  };
  const most = count * triesPerAvatar + mostInSegment;
  const knownRepeats = new Set(known?.broken.map(([number]) => number));
  for (let number = 0; number < Math.min(known?.checked ?? 0, most) && have < count; number++)
    if (!knownRepeats.has(number)) take(number);
  if (have === count) return found;

  // Pictures are not remembered, only which repeat: the search for more starts anew.
  have = 0;
  const first = new Map<string, number>();
  const repeats: [number, string][] = [];
  let checked = 0;
  while (have < count && checked < most) {
    const start = checked;
    const needed = count - have;
    const numbers = Array.from({ length: Math.min(mostInSegment, needed) }, (_, i) => start + i);
    const pictures = await orderedMap(numbers, async (number) => pictureDigest(await render(number)), {
      width: rendersAtOnce,
      signal,
      onProgress: (done) => onProgress?.(start + done, start + needed),
    });
    for (const [i, picture] of pictures.entries()) {
      const earlier = first.get(picture);
      if (earlier !== undefined) repeats.push([start + i, `the picture of ${earlier}`]);
      else {
        first.set(picture, start + i);
        take(start + i);
      }
    }
    checked += numbers.length;
  }
  cache.setCheck(key, { checked, broken: repeats });
  if (have < count) throw tooFew(have, count);
  return found;
}

/** 128 bits of sha256: among millions of pictures no two that differ share them. */
function pictureDigest(pixels: Uint8Array): string {
  return createHash('sha256').update(pixels).digest('base64').slice(0, 22);
}

function tooFew(have: number, count: number): UserError {
  return new UserError('usage', `there are ${have} different avatars, not ${count}`, {
    hint: `set dataset.count=${have}, a larger dataset.size or another dataset.style`,
  });
}
