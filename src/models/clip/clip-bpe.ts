// CLIP's byte-pair tokenizer. The merge list (and optionally the vocabulary) are arguments: they belong to the
// checkpoint, not to this project. Text is cleaned as in OpenAI's reference, without its optional ftfy repair.
import { UserError } from '../../errors.ts';

export interface ClipVocabulary {
  /** Pairs of symbols in the order in which they merge. */
  readonly merges: readonly (readonly [string, string])[];
  /** Token ids by symbol; a word's last symbol ends in '</w>'. */
  readonly ids: ReadonlyMap<string, number>;
}

export interface ClipTokenizer {
  /** Token ids without start and end tokens. */
  encode(text: string): number[];
  /** Exactly `length` ids: start, text (cut to fit), end, then end tokens as padding (Hugging Face's choice). */
  encodePadded(text: string, length: number): Int32Array;
}

const startToken = '<|startoftext|>';
const endToken = '<|endoftext|>';
const wordEnd = '</w>';

/** Special tokens, English clitics, runs of letters, single digits, runs of anything else but space. */
const pieces = /<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+/giu;

/** Merges in CLIP's published list (48,894 of them). */
const clipMergeCount = 49152 - 256 - 2;

/** GPT-2's printable character of each byte, in the order in which CLIP numbers them. */
const byteSymbols: ReadonlyMap<number, string> = (() => {
  const printable = [range(0x21, 0x7e), range(0xa1, 0xac), range(0xae, 0xff)].flat();
  const others = range(0, 255).filter((byte) => !printable.includes(byte));
  return new Map([
    ...printable.map((byte) => [byte, String.fromCodePoint(byte)] as const),
    ...others.map((byte, i) => [byte, String.fromCodePoint(256 + i)] as const),
  ]);
})();

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** The merges in the text of bpe_simple_vocab_16e6.txt or merges.txt: one header line, then a pair a line. */
export function parseMerges(text: string): [string, string][] {
  const lines = text
    .split('\n')
    .slice(1, 1 + clipMergeCount)
    .filter((line) => line !== '');
  return lines.map((line, i) => {
    const [left, right, ...rest] = line.split(' ');
    if (left === undefined || right === undefined || rest.length > 0)
      throw new UserError(
        'input',
        `merge list, line ${i + 2}: expected two symbols, found ${JSON.stringify(line)}`,
        {
          hint: "use CLIP's bpe_simple_vocab_16e6.txt (unpacked) or merges.txt",
        },
      );
    return [left, right];
  });
}

/** The vocabulary that a merge list implies: bytes, bytes at a word's end, merges, start, end. */
export function vocabularyOf(merges: ClipVocabulary['merges']): ClipVocabulary {
  const bytes = [...byteSymbols.values()];
  const symbols = [
    ...bytes,
    ...bytes.map((symbol) => symbol + wordEnd),
    ...merges.map(([left, right]) => left + right),
    startToken,
    endToken,
  ];
  return { merges, ids: new Map(symbols.map((symbol, id) => [symbol, id])) };
}

export function clipTokenizer({ merges, ids }: ClipVocabulary): ClipTokenizer {
  const ranks = new Map(merges.map(([left, right], rank) => [`${left} ${right}`, rank]));
  const idOf = (symbol: string): number => {
    const id = ids.get(symbol);
    if (id === undefined)
      throw new UserError('input', `the vocabulary has no token ${JSON.stringify(symbol)}`, {
        hint: 'use the vocabulary and merge list of one and the same tokenizer',
      });
    return id;
  };
  const encode = (text: string): number[] =>
    (clean(text).match(pieces) ?? []).flatMap((piece) =>
      piece === startToken || piece === endToken ? [idOf(piece)] : merge(symbolsOf(piece), ranks).map(idOf),
    );
  return {
    encode,
    encodePadded: (text, length) => {
      const [start, end] = [idOf(startToken), idOf(endToken)];
      const padded = new Int32Array(length).fill(end);
      padded.set([start, ...encode(text).slice(0, length - 2)]);
      return padded;
    },
  };
}

/** A word's UTF-8 bytes as symbols, the last one marked as the word's end. */
function symbolsOf(word: string): string[] {
  const symbols = [...new TextEncoder().encode(word)].map((byte) => byteSymbols.get(byte) ?? '');
  return symbols.map((symbol, i) => (i === symbols.length - 1 ? symbol + wordEnd : symbol));
}

/** Joins the lowest-ranked neighbouring pair, wherever it occurs, until no pair is in the list. */
function merge(word: readonly string[], ranks: ReadonlyMap<string, number>): readonly string[] {
  let symbols = word;
  for (;;) {
    let best: { rank: number; left: string; right: string } | undefined;
    for (let i = 0; i + 1 < symbols.length; i++) {
      const [left, right] = [symbols[i] ?? '', symbols[i + 1] ?? ''];
      const rank = ranks.get(`${left} ${right}`);
      if (rank !== undefined && rank < (best?.rank ?? Infinity)) best = { rank, left, right };
    }
    if (best === undefined) return symbols;
    const joined: string[] = [];
    for (let i = 0; i < symbols.length; i++) {
      const [left, right] = [symbols[i] ?? '', symbols[i + 1]];
      const hit = left === best.left && right === best.right;
      joined.push(hit ? left + best.right : left);
      if (hit) i++;
    }
    symbols = joined;
  }
}

/** HTML entities undone twice, white space collapsed, lower case. */
function clean(text: string): string {
  return unescapeHtml(unescapeHtml(text)).split(/\s+/u).filter(Boolean).join(' ').toLowerCase();
}

/** Named entities that occur in captions; numeric ones are all undone. */
const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
  copy: '©',
  reg: '®',
  trade: '™',
  deg: '°',
  hellip: '…',
  ndash: '–',
  mdash: '—',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
};

function unescapeHtml(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#[xX]([\da-fA-F]{1,6})|(\w+));/gu,
    (whole, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) return entities[name] ?? whole;
      const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
      return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)
        ? String.fromCodePoint(code)
        : '\ufffd';
    },
  );
}
