// Which samples a training step sees: epochs are permutations, and a batch may span two of them. A function of the
// seed and the step alone, so nothing has to be remembered across interruptions.
import { permutation } from '../../rng/noise.ts';

/** The order of samples in training, for `count` samples under `seed`. */
export class DataOrder {
  readonly #count: number;
  readonly #seed: number;
  readonly #epochs = new Map<number, Uint32Array>();

  constructor(count: number, seed: number) {
    this.#count = count;
    this.#seed = seed;
  }

  /** Indices of the samples of step `step`, [batchSize]. */
  batch(step: number, batchSize: number): number[] {
    return Array.from({ length: batchSize }, (_, slot) => {
      const position = step * batchSize + slot;
      return this.#epoch(Math.floor(position / this.#count))[position % this.#count]!;
    });
  }

  #epoch(epoch: number): Uint32Array {
    let order = this.#epochs.get(epoch);
    if (order === undefined) {
      order = permutation(this.#seed, 'order', epoch, this.#count);
      this.#epochs.delete(epoch - 2);
      this.#epochs.set(epoch, order);
    }
    return order;
  }
}
