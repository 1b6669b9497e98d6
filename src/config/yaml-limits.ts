// What a YAML text may ask of the parser, found by a pass over its tokens: the parser itself recurses, looks at every
// key for every other, and would take seconds or the whole stack for a few kilobytes of malice.
import { CST, Lexer } from 'yaml';

/** Values of one configuration, aliases expanded. */
export const maxValues = 20_000;
/** Levels that a configuration may have. */
export const maxDepth = 32;
/** Aliases in one text. */
const maxAliases = 1_000;
/** Keys in one text. The longest of the shipped experiments has about a hundred. */
const maxKeys = 2_000;
/** Signs, spaces and words: some for each value. */
const maxTokens = 5 * maxValues;
/** The tokens tell levels only about; whoever reads the tree tells them exactly, and with their place. */
const levelsForTheParser = 2 * maxDepth;

export const tooDeep = 'it is nested too deeply';

export interface OverLimit {
  readonly offset: number;
  readonly message: string;
}

/** The first place at which `text` asks too much; undefined where it may be parsed. Reads no further than that. */
export function overLimit(text: string): OverLimit | undefined {
  const levels = new Levels();
  const counts = { value: 0, key: 0, alias: 0, token: 0 };
  let offset = 0;
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token);
    levels.pass(type, token);
    counts.token++;
    if (type === 'alias') counts.alias++;
    if (type === 'map-value-ind') counts.key++;
    if (startsValue(type)) counts.value++;
    if (levels.deepest > levelsForTheParser) return { offset, message: tooDeep };
    if (counts.alias > maxAliases) return { offset, message: `more than ${maxAliases} aliases` };
    if (counts.key > maxKeys) return { offset, message: `more than ${maxKeys} keys` };
    if (counts.value > maxValues) return { offset, message: `more than ${maxValues} values` };
    if (counts.token > maxTokens) return { offset, message: 'it has too many parts' };
    if (!controls.has(type)) offset += token.length;
  }
  return undefined;
}

/** Tokens of the lexer that stand for no character of the text. */
const controls: ReadonlySet<CST.TokenType | null> = new Set(['doc-mode', 'flow-error-end', 'scalar']);

function startsValue(type: CST.TokenType | null): boolean {
  return (
    type === 'scalar' ||
    type === 'single-quoted-scalar' ||
    type === 'double-quoted-scalar' ||
    type === 'flow-seq-start' ||
    type === 'flow-map-start' ||
    type === 'seq-item-ind'
  );
}

/** How deep the tokens nest: by brackets, by indentation, and by signs that open a level on one line (`- - -`). */
class Levels {
  #brackets = 0;
  #indents: number[] = [];
  #signs = 0;
  #indent = 0;
  #lineStarts = true;

  get deepest(): number {
    return this.#brackets + this.#indents.length + this.#signs;
  }

  pass(type: CST.TokenType | null, token: string): void {
    if (type === 'newline') {
      this.#lineStarts = true;
      this.#indent = 0;
      this.#signs = 0;
    } else if (type === 'space') {
      if (this.#lineStarts) this.#indent += token.length;
    } else {
      if (this.#lineStarts && this.#brackets === 0 && type !== 'comment') this.#indentTo(this.#indent);
      if (type !== 'comment') this.#lineStarts = false;
      if (type === 'flow-seq-start' || type === 'flow-map-start') this.#brackets++;
      else if (type === 'flow-seq-end' || type === 'flow-map-end')
        this.#brackets = Math.max(0, this.#brackets - 1);
      else if (this.#brackets === 0 && opensLevel.has(type)) this.#signs++;
    }
  }

  #indentTo(indent: number): void {
    while ((this.#indents.at(-1) ?? -1) >= indent) this.#indents.pop();
    this.#indents.push(indent);
  }
}

const opensLevel: ReadonlySet<CST.TokenType | null> = new Set([
  'seq-item-ind',
  'explicit-key-ind',
  'map-value-ind',
]);
