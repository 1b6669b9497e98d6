// Sets of channels that go together, as a union of what is found equal one by one.

/** Disjoint sets of the numbers from 0 on. */
export class Units {
  readonly #parents: number[] = [];

  /** `count` new sets of one number each; returns the first. */
  add(count: number): number {
    const first = this.#parents.length;
    for (let i = 0; i < count; i++) this.#parents.push(first + i);
    return first;
  }

  /** The number that stands for the set of `unit`. */
  rootOf(unit: number): number {
    let root = unit;
    while (this.#parents[root] !== root) root = this.#parents[root]!;
    for (let at = unit; at !== root;) {
      const next = this.#parents[at]!;
      this.#parents[at] = root;
      at = next;
    }
    return root;
  }

  unite(a: number, b: number): void {
    const [x, y] = [this.rootOf(a), this.rootOf(b)];
    if (x !== y) this.#parents[Math.max(x, y)] = Math.min(x, y);
  }
}
