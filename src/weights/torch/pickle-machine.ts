// The stack, the marks and the memo of a pickle, with limits: what a hostile pickle can cost is bounded.
import { PickleError } from './pickle-reader.ts';
import { PickleGlobal, PickleStub, type PickleMeaning, type PickleValue } from './pickle-values.ts';

/** A checkpoint of 4,000 tensors needs about 60,000 memo slots and calls with 64,000 items. */
const limits = { stack: 1_000_000, marks: 10_000, memo: 1_000_000, called: 1_000_000 } as const;

export class PickleMachine {
  readonly #meaning: PickleMeaning;
  readonly #memo = new Map<number, PickleValue>();
  /** Stacks below the last marks, the outermost first. */
  readonly #below: PickleValue[][] = [];
  #stack: PickleValue[] = [];
  /** Items of the arguments of all calls: one opcode can hand over a list that took a million to make. */
  #called = 0;

  constructor(meaning: PickleMeaning) {
    this.#meaning = meaning;
  }

  push(value: PickleValue): PickleValue {
    if (this.#stack.length >= limits.stack) throw new PickleError('its stack grows beyond reason');
    this.#stack.push(value);
    return value;
  }

  pop(): PickleValue {
    const value = this.top();
    this.#stack.pop();
    return value;
  }

  top(): PickleValue {
    if (this.#stack.length === 0) throw new PickleError('it uses a value where there is none');
    return this.#stack.at(-1);
  }

  popMany(count: number): PickleValue[] {
    if (this.#stack.length < count) throw new PickleError('it uses values where there are none');
    return this.#stack.splice(this.#stack.length - count, count);
  }

  mark(): number {
    if (this.#below.length >= limits.marks) throw new PickleError('it is nested too deeply');
    const depth = this.#below.push(this.#stack);
    this.#stack = [];
    return depth;
  }

  /** The values since the last mark, which is removed. */
  popMark(): PickleValue[] {
    const below = this.#below.pop();
    if (below === undefined) throw new PickleError('it goes back to a mark that it did not set');
    const values = this.#stack;
    this.#stack = below;
    return values;
  }

  /** The one value that is left when the pickle stops. */
  result(): PickleValue {
    const value = this.pop();
    if (this.#stack.length > 0 || this.#below.length > 0)
      throw new PickleError('values are left over at its end');
    return value;
  }

  remember(index = this.#memo.size): number {
    if (this.#memo.size >= limits.memo) throw new PickleError('it remembers more than is reasonable');
    this.#memo.set(index, this.top());
    return index;
  }

  recall(index: number): PickleValue {
    if (!this.#memo.has(index)) throw new PickleError(`it recalls value ${index}, which it did not remember`);
    return this.push(this.#memo.get(index));
  }

  append(values: readonly PickleValue[]): PickleValue {
    const target = this.top();
    if (Array.isArray(target)) for (const value of values) target.push(value);
    else if (target instanceof Set) for (const value of values) target.add(value);
    else if (!(target instanceof PickleStub)) throw new PickleError('it appends to what is no list');
    return target;
  }

  setItems(pairs: readonly PickleValue[]): PickleValue {
    const target = this.top();
    if (target instanceof Map) return addPairs(target, pairs);
    if (!(target instanceof PickleStub)) throw new PickleError('it sets items of what is no dictionary');
    return target;
  }

  global(module: PickleValue, name: PickleValue): PickleValue {
    if (typeof module !== 'string' || typeof name !== 'string')
      throw new PickleError('it refers to an object without a name');
    return this.push(new PickleGlobal(`${module}.${name}`));
  }

  /** `callable(*args)`: data if the meaning knows it, else a stub. Nothing is called. */
  reduce(callable: PickleValue, args: PickleValue): PickleValue {
    if (callable instanceof PickleStub) return this.push(new PickleStub(callable.name));
    if (!(callable instanceof PickleGlobal)) throw new PickleError('it calls what has no name');
    if (!Array.isArray(args)) throw new PickleError(`the arguments of ${callable.name} are no tuple`);
    this.#spend(args.length);
    for (const arg of args as readonly PickleValue[]) if (Array.isArray(arg)) this.#spend(arg.length);
    return this.push(this.#meaning.reduce(callable, args) ?? new PickleStub(callable.name));
  }

  #spend(items: number): void {
    this.#called += items;
    if (this.#called > limits.called) throw new PickleError('it calls with more than is reasonable');
  }

  persistent(id: PickleValue): PickleValue {
    return this.push(this.#meaning.persistent(id));
  }
}

/** Adds [key, value, key, value, ...] to `target`. */
export function addPairs(
  target: Map<PickleValue, PickleValue>,
  pairs: readonly PickleValue[],
): Map<PickleValue, PickleValue> {
  if (pairs.length % 2 !== 0) throw new PickleError('a dictionary has a key without a value');
  for (let i = 0; i < pairs.length; i += 2) target.set(pairs[i], pairs[i + 1]);
  return target;
}
