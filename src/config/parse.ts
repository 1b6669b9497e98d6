// YAML text -> plain data that remembers where each key and value stood. Strict, because a configuration may come
// from anywhere: one document, core schema, string keys, no custom tags, bounded size, depth and alias expansion.
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments, type Document } from 'yaml';
import type { Place } from '../errors.ts';
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

const maxBytes = 1_000_000;
const maxDepth = 32;
const maxNodes = 20_000;
const forbiddenKeys: ReadonlySet<unknown> = new Set(['__proto__', 'constructor', 'prototype']);
const tooDeep = 'it is nested too deeply';
const rewordings: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'this key stands here twice',
  NON_STRING_KEY: 'keys must be plain strings',
  RESOURCE_EXHAUSTION: tooDeep,
};

/** A JSON pointer, the key of `Parsed.places`. */
export function pointer(path: Path): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** Decodes the bytes of a file; a byte order mark is dropped. Throws ExperimentError unless they are UTF-8. */
export function decodeUtf8(bytes: Uint8Array, file: string): string {
  const refuse = (message: string) => refusal(file, { file }, message);
  if (bytes.length > maxBytes) throw refuse(`the file is larger than ${maxBytes / 1e6} MB`);
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
  const [document, second] = parseAllDocuments(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    logLevel: 'silent',
  });
  if (second) throw refusal(file, place(second.range[0]), 'a second document starts here; one is allowed');
  if (document === undefined) return { value: null, places: new Map() };
  const found = [...document.errors, ...document.warnings];
  // The parser recurses and stops at the end of the stack; what it says after that means nothing.
  const exhausted = found.find(({ code }) => code === 'RESOURCE_EXHAUSTION');
  const problems: Problem[] = (exhausted ? [exhausted] : found).map(({ code, message, pos }) => ({
    where: place(pos[0]),
    message: rewordings[code] ?? message,
  }));
  const version = document.directives.yaml;
  if (version.explicit === true && version.version !== '1.2')
    problems.push({ where: place(0), message: `YAML ${version.version} is not supported; use 1.2` });
  if (problems.length > 0) throw new ExperimentError(file, problems);

  const reader = new Reader(document, place);
  const value = reader.read(document.contents);
  if (reader.problems.length > 0) throw new ExperimentError(file, reader.problems);
  return { value, places: reader.places };
}

function refusal(file: string, where: Place, message: string): ExperimentError {
  return new ExperimentError(file, [{ where, message }]);
}

/** Turns nodes into data, expanding aliases within a budget, and collects places and problems on the way. */
class Reader {
  readonly places = new Map<string, Places>();
  readonly problems: Problem[] = [];
  readonly #document: Document.Parsed;
  readonly #place: (offset: number | undefined) => Place;
  #nodes = 0;

  constructor(document: Document.Parsed, place: (offset: number | undefined) => Place) {
    this.#document = document;
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
    if (++this.#nodes > maxNodes) {
      if (this.#nodes === maxNodes + 1) this.#refuse(where, `more than ${maxNodes} values, aliases expanded`);
      return null;
    }
    const inside = [...open, node];
    if (isAlias(node)) {
      const source = node.resolve(this.#document);
      return source
        ? this.#value(source, path, inside)
        : this.#refuse(where, `nothing is named &${node.source}`);
    }
    if (isSeq(node)) return node.items.map((item, i) => this.#member(item, [...path, i], inside));
    if (isMap(node)) {
      const result: Record<string, unknown> = {};
      for (const { key, value } of node.items) {
        const name: unknown = isScalar(key) ? key.value : undefined;
        const at = this.#placeOf(key);
        if (typeof name !== 'string') this.#refuse(at, 'keys must be plain strings');
        else if (forbiddenKeys.has(name)) this.#refuse(at, `${name} is not allowed as a key`);
        else if (value === null || (isScalar(value) && value.source === ''))
          this.#refuse(at, `${dotted([...path, name])} has no value`);
        else result[name] = this.#member(value, [...path, name], inside, at);
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
