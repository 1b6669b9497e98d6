// Captions as words hashed to a vocabulary of fixed size: no files, no dependence on the data, collisions accepted.
import { fnv1a64 } from '../../rng/stream-key.ts';

/** Id of positions without a word; the empty caption is made of it. */
const paddingId = 0;

/** Exactly `length` ids in [0, vocabulary): 1 + fnv1a64(word) mod (vocabulary - 1), words in lower case. */
export function wordTokens(caption: string, length: number, vocabulary: number): number[] {
  const words = caption.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const ids = words.slice(0, length).map((word) => 1 + Number(fnv1a64(word) % BigInt(vocabulary - 1)));
  return [...ids, ...new Array<number>(length - ids.length).fill(paddingId)];
}
