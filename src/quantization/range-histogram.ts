// What values a layer has seen, and the range in which 8 bits tell them best.
import type { QuantizedRange } from '../engine/layer-treatment.ts';

/** Bins on either side of 0. */
const half = 2048;
/** Steps of an 8-bit range. */
const steps = 255;
/** How many clippings are tried at each end, and how often the ends are tried in turn. */
const [clippings, rounds] = [64, 3];

/**
 * Counts of values in bins of equal width around 0. The width is a power of 2 that grows with the largest magnitude, so that
 * counts do not depend on the order or the batches in which values come.
 */
export class RangeHistogram {
  readonly #counts = new Float64Array(2 * half);
  #width = 0;
  #low = 0;
  #high = 0;

  /** Throws RangeError for a value that is not finite. */
  add(values: Float32Array): void {
    let [low, high] = [this.#low, this.#high];
    for (const value of values) {
      if (value < low) low = value;
      else if (value > high) high = value;
      else if (Number.isNaN(value)) throw new RangeError('a layer has a value that is not a number');
    }
    [this.#low, this.#high] = [low, high];
    const largest = Math.max(-low, high);
    if (largest === Infinity) throw new RangeError('a layer has an infinite value');
    if (largest === 0) {
      this.#counts[half]! += values.length;
      return;
    }
    this.#widen(2 ** Math.floor(Math.log2(largest)) * (2 / half));
    const counts = this.#counts;
    const perWidth = 1 / this.#width;
    for (const value of values) counts[half + Math.floor(value * perWidth)]!++;
  }

  /** The range with the least sum of squares of what is lost: of rounding within it, and of what lies beyond it. It holds 0. */
  best(): QuantizedRange {
    let [low, high] = [this.#low, this.#high];
    if (low === high) return { scale: 1, zeroPoint: 0 }; // only zeros were seen
    const ends = { low, high };
    for (let round = 0; round < rounds; round++) {
      high = least(clipped(ends.high), (end) => this.#loss(rangeBetween(low, end)));
      low = least(clipped(ends.low), (end) => this.#loss(rangeBetween(end, high)));
    }
    return rangeBetween(low, high);
  }

  /** The values of a bin are taken as its middle: there are some ten bins in a step, or more. */
  #loss({ scale, zeroPoint }: QuantizedRange): number {
    let loss = 0;
    for (const [i, count] of this.#counts.entries()) {
      if (count === 0) continue;
      const value = (i - half + 0.5) * this.#width;
      const q = Math.min(Math.max(Math.round(value / scale) + zeroPoint, 0), steps);
      loss += count * (value - scale * (q - zeroPoint)) ** 2;
    }
    return loss;
  }

  /** Brings the bins to `width`, if it is larger than theirs. */
  #widen(width: number): void {
    if (this.#width === 0) this.#width = width;
    for (; this.#width < width; this.#width *= 2) {
      const before = this.#counts.slice();
      this.#counts.fill(0);
      for (const [i, count] of before.entries()) this.#counts[half + Math.floor((i - half) / 2)]! += count;
    }
  }
}

/** From `low`, at most 0, to `high`, at least 0. */
function rangeBetween(low: number, high: number): QuantizedRange {
  const scale = Math.fround((high - low) / steps) || 1;
  return { scale, zeroPoint: Math.round((0 - low) / scale) };
}

/** `end` and what is nearer to 0, in equal steps; never 0 but for 0 itself. */
function clipped(end: number): number[] {
  return Array.from({ length: clippings }, (_, i) => (end * (clippings - i)) / clippings);
}

function least(values: readonly number[], of: (value: number) => number): number {
  return values.reduce((best, value) => (of(value) < of(best) ? value : best));
}
