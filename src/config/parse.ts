// YAML text -> plain data that remembers where each key and value stood. Strict, because a configuration may come
// from anywhere: one document, core schema, string keys, no custom tags, bounded size, depth and alias expansion.
import { Composer, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, Parser, type Alias } from 'yaml';
import type { Place } from '../errors.ts';
import { mostBytes } from './read-yaml.ts';
import { maxDepth, maxValues, overLimit, tooDeep } from './yaml-limits.ts';
import { dotted, ExperimentError, type Path, type Problem } from './problem.ts';

/** Where a key (list items have none) and its value stand. */
interface Places {
  readonly key: Place;
  readonly value: Place;
}

/** Parsed data and, by JSON pointer, the places of its parts. */
export interface Parsed {
  readonly value: unknown;
  readonly places: ReadonlyMap<string, Places>;
}

export interface ParseOptions {
  /** How messages name the text. */
  readonly file: string;
  /** Overrides are one line on a terminal: positions inside them say nothing. */
  readonly positions: boolean;
}

const forbiddenKeys: ReadonlySet<unknown> = new Set(['__proto__', 'constructor', 'prototype']);
const rewordings: Readonly<Record<string, string>> = { NON_STRING_KEY: 'keys must be plain strings' };

/** A JSON pointer, the key of `Parsed.places`. */
export function pointer(path: Path): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

const tooLarge = `the file is larger than ${mostBytes / 1e6} MB`;

/** Decodes the bytes of a file; a byte order mark is dropped. Throws ExperimentError unless they are UTF-8. */
export function decodeUtf8(bytes: Uint8Array, file: string): string {
  const refuse = (message: string) => refusal(file, { file }, message);
  if (bytes.length > mostBytes) throw refuse(tooLarge);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw refuse('the file is not UTF-8 text');
  }
}

/** Parses one YAML document. Throws ExperimentError with every problem found. */
export function parseYaml(text: string, options: ParseOptions): Parsed {
  const { file } = options;
  const lines = new LineCounter();
  const place = (offset: number | undefined): Place => {
    if (!options.positions || offset === undefined) return { file };
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  if (text.length > mostBytes) throw refusal(file, { file }, tooLarge);
  const over = overLimit(text);
  if (over)
    throw refusal(file, options.positions ? placeIn(text, over.offset, file) : { file }, over.message);
  // Keys that stand twice are found below: the parser compares every key with every other.
  const composer = new Composer({
    prettyErrors: false,
    stringKeys: true,
    uniqueKeys: false,
    logLevel: 'silent',
  });
  const documents = composer.compose(new Parser(lines.addNewLine).parse(text));
  const document = documents.next().value;
  const second = documents.next().value;
  if (second) throw refusal(file, place(second.range[0]), 'a second document starts here; one is allowed');
  if (document === undefined) return { value: null, places: new Map() };
  const problems: Problem[] = [...document.errors, ...document.warnings].map(({ code, message, pos }) => ({
    where: place(pos[0]),
    message: rewordings[code] ?? message,
  }));
  const version = document.directives.yaml;
  if (version.explicit === true && version.version !== '1.2')
    problems.push({ where: place(0), message: `YAML ${version.version} is not supported; use 1.2` });
  if (problems.length > 0) throw new ExperimentError(file, problems);

  const reader = new Reader(aliasSources(document.contents), place);
  const value = reader.read(document.contents);
  if (reader.problems.length > 0) throw new ExperimentError(file, reader.problems);
  return { value, places: reader.places };
}

function refusal(file: string, where: Place, message: string): ExperimentError {
  return new ExperimentError(file, [{ where, message }]);
}

function placeIn(text: string, offset: number, file: string): Place {
  const before = text.slice(0, offset).split('\n');
  return { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** What each alias stands for: the last node before it that has its name. */
function aliasSources(root: unknown): ReadonlyMap<Alias, unknown> {
  const named = new Map<string, unknown>();
  const sources = new Map<Alias, unknown>();
  const visit = (node: unknown): void => {
    if (isAlias(node)) sources.set(node, named.get(node.source));
    else if (isNode(node) && node.anchor !== undefined) named.set(node.anchor, node);
    if (isSeq(node)) for (const item of node.items) visit(item);
    if (isMap(node))
      for (const { key, value } of node.items) {
        visit(key);
        visit(value);
      }
  };
  visit(root);
  return sources;
}

/** Turns nodes into data, expanding aliases within a budget, and collects places and problems on the way. */
class Reader {
  readonly places = new Map<string, Places>();
  readonly problems: Problem[] = [];
  readonly #aliases: ReadonlyMap<Alias, unknown>;
  readonly #place: (offset: number | undefined) => Place;
  #nodes = 0;

  constructor(aliases: ReadonlyMap<Alias, unknown>, place: (offset: number | undefined) => Place) {
    this.#aliases = aliases;
    this.#place = place;
  }

  read(root: unknown): unknown {
    return this.#member(root, [], []);
  }

  /** The data of `node`; `open` are the nodes around it. */
  #value(node: unknown, path: Path, open: readonly unknown[]): unknown {
    const where = this.#placeOf(node);
    if (open.includes(node)) return this.#refuse(where, 'this alias refers to what it is part of');
    if (open.length > maxDepth) return this.#refuse(where, tooDeep);
    if (++this.#nodes > maxValues) {
      if (this.#nodes === maxValues + 1)
        this.#refuse(where, `more than ${maxValues} values, aliases expanded`);
      return null;
    }
    const inside = [...open, node];
    if (isAlias(node)) {
      const source = this.#aliases.get(node);
      return source
        ? this.#value(source, path, inside)
        : this.#refuse(where, `nothing is named &${node.source}`);
    }
    if (isSeq(node)) return node.items.map((item, i) => this.#member(item, [...path, i], inside));
    if (isMap(node)) {
      const result: Record<string, unknown> = {};
      const seen = new Set<unknown>();
      for (const { key, value } of node.items) {
        const name: unknown = isScalar(key) ? key.value : undefined;
        const at = this.#placeOf(key);
        if (typeof name !== 'string') this.#refuse(at, 'keys must be plain strings');
        else if (seen.has(name)) this.#refuse(at, 'this key stands here twice');
        else if (forbiddenKeys.has(name)) this.#refuse(at, `${name} is not allowed as a key`);
        else if (value === null || (isScalar(value) && value.source === ''))
          this.#refuse(at, `${dotted([...path, name])} has no value`);
        else result[name] = this.#member(value, [...path, name], inside, at);
        seen.add(name);
      }
      return result;
    }
    return isScalar(node) ? this.#scalar(node.value, where) : null;
  }

  #member(node: unknown, path: Path, open: readonly unknown[], key?: Place): unknown {
    const value = this.#placeOf(node);
    this.places.set(pointer(path), { key: key ?? value, value });
    return this.#value(node, path, open);
  }

  #scalar(value: unknown, where: Place): unknown {
    if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return value;
    return this.#refuse(where, 'only text, numbers, true, false and null are allowed');
  }

  #placeOf(node: unknown): Place {
    const range = (node as { readonly range?: readonly number[] | null } | null)?.range;
    return this.#place(range?.[0]);
  }

  /** Notes a problem; the value is then null, and nobody sees it. */
  #refuse(where: Place, message: string): null {
    this.problems.push({ where, message });
    return null;
  }
}
