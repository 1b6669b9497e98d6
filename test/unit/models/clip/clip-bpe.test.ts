import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../src/errors.ts';
import { clipTokenizer, parseMerges, vocabularyOf } from '../../../../src/models/clip/clip-bpe.ts';

const merges = parseMerges('#version: 0.2\nc a\nca t</w>\na t</w>\n');
const vocabulary = vocabularyOf(merges);
const tokenizer = clipTokenizer(vocabulary);

describe('parseMerges', () => {
  it('skips the header and refuses lines that are not pairs', () => {
    expect(merges[0]).toEqual(['c', 'a']);
    expect(() => parseMerges('#version\na b\nlonely\n')).toThrow(/line 3.*lonely/);
  });
});

describe('vocabularyOf', () => {
  it('numbers bytes, bytes at word ends, merges, then start and end', () => {
    expect(vocabulary.ids.get('!')).toBe(0);
    expect(vocabulary.ids.get('!</w>')).toBe(256);
    expect(vocabulary.ids.get('ca')).toBe(512);
    expect(vocabulary.ids.get('<|endoftext|>')).toBe(512 + 3 + 1);
  });
});

describe('clipTokenizer', () => {
  it('merges the lowest rank first, wherever it is', () => {
    expect(tokenizer.encode('Cat')).toEqual([vocabulary.ids.get('cat</w>')]);
    expect(tokenizer.encode('caca')).toEqual(['ca', 'c', 'a</w>'].map((s) => vocabulary.ids.get(s)));
  });

  it('undoes HTML entities twice, leaving unknown ones', () => {
    expect(tokenizer.encode('&amp;lt;')).toEqual(tokenizer.encode('<'));
    expect(tokenizer.encode('&#x41;&#66;')).toEqual(tokenizer.encode('ab'));
    expect(tokenizer.encode('&zzz;')).toHaveLength(5);
  });

  it('pads with end tokens and cuts what is too long, keeping the end token', () => {
    const [start, end] = ['<|startoftext|>', '<|endoftext|>'].map((s) => vocabulary.ids.get(s));
    const [cat] = tokenizer.encode('cat');
    expect([...tokenizer.encodePadded('cat', 5)]).toEqual([start, cat, end, end, end]);
    expect([...tokenizer.encodePadded('cat cat cat', 4)]).toEqual([start, cat, cat, end]);
  });

  it('names a token that the vocabulary lacks', () => {
    const broken = clipTokenizer({ merges, ids: new Map() });
    expect(() => broken.encode('cat')).toThrow(UserError);
    expect(() => broken.encode('cat')).toThrow(/"cat<\/w>"/);
  });
});
