import { describe, expect, it } from 'vitest';
import { clipTokenizer } from '../../src/models/clip/clip-bpe.ts';
import { goldenJson } from '../support/golden.ts';

const tokens = goldenJson('clip-bpe/tokens.json') as { text: string; ids: number[] }[];
/** The part of CLIP's merge list and vocabulary that these texts use: the rest cannot change their tokens. */
const subset = goldenJson('clip-bpe/vocabulary.json') as { merges: string[]; ids: Record<string, number> };

describe('CLIP tokens', () => {
  const tokenizer = clipTokenizer({
    merges: subset.merges.map((line) => line.split(' ') as [string, string]),
    ids: new Map(Object.entries(subset.ids)),
  });

  it.each(tokens)('of "$text"', ({ text, ids }) => {
    expect(tokenizer.encode(text)).toEqual(ids);
  });
});
