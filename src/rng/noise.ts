// Random numbers addressed by (seed, stream, step, sample index): the same on every engine, at every batch size and
// after every resume, because nothing is carried from one draw to the next. Layout of the Philox counter:
// [block, sample index, step, kind of draw]; the key holds seed and stream (stream-key.ts).
import { InvariantError } from '../errors.ts';
import { philox4x32, type PhiloxKey } from './philox.ts';
import { streamKey } from './stream-key.ts';

/** Last counter word: draws of different kinds at one address share no bits. */
const drawKind = { normal: 0, uniform: 1, integers: 2, permutation: 3 } as const;

const words = new Uint32Array(4);

/** Standard normals, float32 [n]. Box-Muller in float64 on 32-bit uniforms (|z| < 6.8), rounded once to float32. */
export function normal(seed: number, stream: string, step: number, index: number, n: number): Float32Array {
  return batchNormal(seed, stream, step, [index], n);
}

/** One sample of `n` normals for each index, float32 [indices.length, n]; row i equals `normal(..., indices[i], n)`. */
export function batchNormal(
  seed: number,
  stream: string,
  step: number,
  indices: readonly number[],
  n: number,
): Float32Array {
  checkWord('step', step);
  checkWord('n', n);
  const key = streamKey(seed, stream);
  const out = new Float32Array(indices.length * n);
  indices.forEach((index, row) => {
    checkWord('index', index);
    fillNormal(out, row * n, n, key, step, index);
  });
  return out;
}

const unit32 = 2 ** -32;

/** Four normals a block: words (0, 1) and (2, 3) give radius and angle of one pair each. */
function fillNormal(
  out: Float32Array,
  start: number,
  n: number,
  key: PhiloxKey,
  step: number,
  index: number,
): void {
  const [k0, k1] = key;
  const end = start + n;
  for (let at = start, block = 0; at < end; at += 4, block++) {
    philox4x32(words, k0, k1, block, index, step, drawKind.normal);
    // u in (0, 1): the half keeps the logarithm finite.
    const radiusA = Math.sqrt(-2 * Math.log((words[0]! + 0.5) * unit32));
    const angleA = 2 * Math.PI * (words[1]! * unit32);
    const radiusB = Math.sqrt(-2 * Math.log((words[2]! + 0.5) * unit32));
    const angleB = 2 * Math.PI * (words[3]! * unit32);
    out[at] = radiusA * Math.cos(angleA);
    if (at + 1 < end) out[at + 1] = radiusA * Math.sin(angleA);
    if (at + 2 < end) out[at + 2] = radiusB * Math.cos(angleB);
    if (at + 3 < end) out[at + 3] = radiusB * Math.sin(angleB);
  }
}

/** Uniforms in [0, 1) with 53 random bits, float64 [n]. */
export function uniform(seed: number, stream: string, step: number, index: number, n: number): Float64Array {
  const next = wordSource(seed, stream, step, index, drawKind.uniform);
  return Float64Array.from({ length: n }, () => {
    const high = next() >>> 5;
    const low = next() >>> 6;
    return (high * 2 ** 26 + low) * 2 ** -53;
  });
}

/** Integers in [0, bound) without bias, [n]; `bound` from 1 to 2^32. */
export function integers(
  seed: number,
  stream: string,
  step: number,
  index: number,
  n: number,
  bound: number,
): Uint32Array {
  const next = wordSource(seed, stream, step, index, drawKind.integers);
  return Uint32Array.from({ length: n }, () => below(next, bound));
}

/** A permutation of 0..n-1 (Fisher-Yates) that depends on (seed, stream, epoch) alone. */
export function permutation(seed: number, stream: string, epoch: number, n: number): Uint32Array {
  const next = wordSource(seed, stream, epoch, 0, drawKind.permutation);
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = below(next, i + 1);
    const swapped = order[i]!;
    order[i] = order[j]!;
    order[j] = swapped;
  }
  return order;
}

/** Uniform in [0, bound): words past the last full multiple of `bound` are drawn again. */
function below(next: () => number, bound: number): number {
  if (!Number.isInteger(bound) || bound < 1 || bound > 2 ** 32) throw new InvariantError(`bound ${bound}`);
  const limit = 2 ** 32 - (2 ** 32 % bound);
  for (;;) {
    const word = next();
    if (word < limit) return word % bound;
  }
}

/** The words of successive blocks, one a call. */
function wordSource(seed: number, stream: string, step: number, index: number, kind: number): () => number {
  checkWord('step', step);
  checkWord('index', index);
  const [k0, k1] = streamKey(seed, stream);
  const block = new Uint32Array(4);
  let used = 0;
  return () => {
    if (used % 4 === 0) philox4x32(block, k0, k1, used / 4, index, step, kind);
    return block[used++ % 4]!;
  };
}

function checkWord(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) {
    throw new InvariantError(`${name} ${value} is not an integer in [0, 2^32)`);
  }
}
