// Names for independent streams of random numbers. A stream is a seed and a name ("sample/noise", "train/t"); both
// are hashed to a Philox key, so adding a stream never changes the numbers of another.
import { UserError } from '../errors.ts';
import { philox4x32, type PhiloxKey } from './philox.ts';

/** FNV-1a, 64 bits, over the UTF-8 bytes of `text`. */
export function fnv1a64(text: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash;
}

const keys = new Map<string, PhiloxKey>();
const maxKeys = 4096;

/**
 * The Philox key of (seed, stream): the first two words of philox(counter = [seed low, seed high, h low, h high],
 * key = [0, 0]) with h = fnv1a64(stream). Throws UserError unless `seed` is an integer in [0, 2^53).
 */
export function streamKey(seed: number, stream: string): PhiloxKey {
  const name = `${seed}/${stream}`;
  const known = keys.get(name);
  if (known !== undefined) return known;
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new UserError('usage', `seed ${seed} is not usable`, {
      hint: 'give an integer from 0 to 2^53 - 1',
    });
  }
  const hash = fnv1a64(stream);
  const words = new Uint32Array(4);
  philox4x32(words, 0, 0, seed, Math.floor(seed / 2 ** 32), Number(hash & 0xffffffffn), Number(hash >> 32n));
  const key: PhiloxKey = [words[0]!, words[1]!];
  if (keys.size >= maxKeys) keys.clear();
  keys.set(name, key);
  return key;
}
