// What a pickle is read into: plain data, and names of Python objects that stay names. Nothing is ever called.

/** A name that a pickle refers to, such as `collections.OrderedDict`. */
export class PickleGlobal {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** What stands for an object that is not understood: inert, whatever the pickle does to it. */
export class PickleStub {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** None is null; lists and tuples are arrays, dicts maps, integers beyond 2^53 bigints. Objects are `unknown`. */
export type PickleValue = unknown;

/** The only two ways in which a pickle can mean something beyond plain data. */
export interface PickleMeaning {
  /** The object of a persistent id; a PickleStub if it is not understood. */
  persistent(id: PickleValue): PickleValue;
  /** What `callable(*args)` stands for; undefined if it is not understood and must become a stub. */
  reduce(callable: PickleGlobal, args: readonly PickleValue[]): PickleValue;
}
