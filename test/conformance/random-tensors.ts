// Seeded tensors for conformance cases: the same numbers in every run.
import type { HostTensor } from '../../src/engine/engine.ts';
import { sizeOf } from '../../src/engine/engine.ts';

/** Makes tensors from one seed; each call draws on. */
export class RandomTensors {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** float32, uniform in [low, high). */
  float(shape: readonly number[], low = -2, high = 2): HostTensor {
    const data = Float32Array.from({ length: sizeOf(shape) }, () => low + (high - low) * this.#next());
    return { shape, dtype: 'float32', data };
  }

  /** int32, uniform in low..high, both included. */
  int(shape: readonly number[], low = -5, high = 5): HostTensor {
    const data = Int32Array.from({ length: sizeOf(shape) }, () => this.integer(low, high));
    return { shape, dtype: 'int32', data };
  }

  bool(shape: readonly number[]): HostTensor {
    const data = Uint8Array.from({ length: sizeOf(shape) }, () => this.integer(0, 1));
    return { shape, dtype: 'bool', data };
  }

  /** A shape of `rank` extents in 1..4, about every fourth of them 1. */
  shape(rank: number): number[] {
    return Array.from({ length: rank }, () => this.integer(1, 4));
  }

  pick<T>(items: readonly T[]): T {
    return items[this.integer(0, items.length - 1)]!;
  }

  /** `shape` with some extents set to 1 and some leading axes left out: it broadcasts to `shape`. */
  broadcastable(shape: readonly number[]): number[] {
    const kept = shape.slice(this.integer(0, shape.length));
    return kept.map((extent) => (this.#next() < 0.4 ? 1 : extent));
  }

  /** Uniform in low..high, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.#next() * (high - low + 1));
  }

  /** Mulberry32 (T. Ettinger), uniform in [0, 1). */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t ^= t + Math.imul(t ^ (t >>> 7), 61 | t);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
}
