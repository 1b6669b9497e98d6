// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): a bijection that turns a
// 128-bit counter into 128 random bits under a 64-bit key. No state, so any number can be had out of order.

const multiplier0 = 0xd2511f53;
const multiplier1 = 0xcd9e8d57;
const weyl0 = 0x9e3779b9;
const weyl1 = 0xbb67ae85;
const rounds = 10;

const m0High = multiplier0 >>> 16;
const m0Low = multiplier0 & 0xffff;
const m1High = multiplier1 >>> 16;
const m1Low = multiplier1 & 0xffff;

/** A 64-bit key as two words, low first. */
export type PhiloxKey = readonly [number, number];

/** Writes the four words for the counter (c0, c1, c2, c3) under the key (k0, k1) to `out[0..3]`, each a uint32. */
export function philox4x32(
  out: Uint32Array,
  k0: number,
  k1: number,
  c0: number,
  c1: number,
  c2: number,
  c3: number,
): void {
  let [key0, key1] = [k0 | 0, k1 | 0];
  let [x0, x1, x2, x3] = [c0 | 0, c1 | 0, c2 | 0, c3 | 0];
  for (let round = 0; round < rounds; round++) {
    // The high words of 32x32-bit products, in 16-bit halves: every partial sum fits in 32 bits.
    const low0 = x0 & 0xffff;
    const high0 = x0 >>> 16;
    const mid0 = (Math.imul(high0, m0Low) + (Math.imul(low0, m0Low) >>> 16)) | 0;
    const cross0 = (Math.imul(low0, m0High) + (mid0 & 0xffff)) | 0;
    const top0 = (Math.imul(high0, m0High) + (mid0 >>> 16) + (cross0 >>> 16)) | 0;
    const low1 = x2 & 0xffff;
    const high1 = x2 >>> 16;
    const mid1 = (Math.imul(high1, m1Low) + (Math.imul(low1, m1Low) >>> 16)) | 0;
    const cross1 = (Math.imul(low1, m1High) + (mid1 & 0xffff)) | 0;
    const top1 = (Math.imul(high1, m1High) + (mid1 >>> 16) + (cross1 >>> 16)) | 0;
    const bottom0 = Math.imul(x0, multiplier0);
    const bottom1 = Math.imul(x2, multiplier1);
    x0 = top1 ^ x1 ^ key0;
    x1 = bottom1;
    x2 = top0 ^ x3 ^ key1;
    x3 = bottom0;
    key0 = (key0 + weyl0) | 0;
    key1 = (key1 + weyl1) | 0;
  }
  out[0] = x0;
  out[1] = x1;
  out[2] = x2;
  out[3] = x3;
}
