// A configuration may come from anywhere: what a YAML parser is willing to do beyond reading data is refused.
import { describe, expect, it } from 'vitest';
import { decodeUtf8, parseYaml } from '../../../src/config/parse.ts';
import { ExperimentError } from '../../../src/config/problem.ts';

const parse = (text: string) => parseYaml(text, { file: 'x.yaml', positions: true });

function refusal(read: () => unknown): string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof ExperimentError) return error.message.split('\n').slice(1);
    throw error;
  }
  return [];
}

/** x, then nine levels of ten aliases each: 10^10 values. */
const bomb = [
  'a: &a [x, x, x, x, x, x, x, x, x, x]',
  ...Array.from(
    'bcdefghij',
    (name, i) => `${name}: &${name} [${Array(10).fill(`*${'abcdefghi'[i]!}`).join(', ')}]`,
  ),
].join('\n');

describe('parseYaml', () => {
  it('remembers where keys and values stand, through aliases too', () => {
    const { value, places } = parse('a: &x\n  b: [1, 2.5e-3]\nc: *x\n');
    expect(value).toEqual({ a: { b: [1, 0.0025] }, c: { b: [1, 0.0025] } });
    expect(places.get('/a/b')).toEqual({
      key: { file: 'x.yaml', line: 2, column: 3 },
      value: { file: 'x.yaml', line: 2, column: 6 },
    });
    expect(places.get('/c/b/1')?.value).toEqual({ file: 'x.yaml', line: 2, column: 10 });
  });

  it.each([
    ['aliases that grow without bounds', bomb, '1:14: more than 20000 values, aliases expanded'],
    ['an alias of what it is part of', 'a: &a [*a]', '1:7: this alias refers to what it is part of'],
    ['an alias of nothing', 'a: *b', '1:4: nothing is named &b'],
    ['nesting beyond the stack', `a: ${'['.repeat(100_000)}`, 'it is nested too deeply'],
    ['nesting beyond sense', `a: ${'['.repeat(40)}${']'.repeat(40)}`, '1:36: it is nested too deeply'],
    ['keys of prototypes', '__proto__: {a: 1}', '1:1: __proto__ is not allowed as a key'],
    ['keys of prototypes further in', 'a:\n  constructor: {}', '2:3: constructor is not allowed as a key'],
    ['keys twice', 'a: 1\na: 2', '2:1: this key stands here twice'],
    ['keys that are lists', '? [a]\n: 1', '1:3: keys must be plain strings'],
    ['tags', 'a: !!js/function "x"', '1:4: Unresolved tag: tag:yaml.org,2002:js/function'],
    ['a second document', 'a: 1\n---\nb: 1', '2:1: a second document starts here; one is allowed'],
    ['YAML 1.1, where `no` is false', '%YAML 1.1\n---\na: no', '1:1: YAML 1.1 is not supported; use 1.2'],
    ['keys without a value', 'a:\nb: 1', '1:1: a has no value'],
    ['tabs', 'a:\n\tb: 1', '2:1: Tabs are not allowed as indentation'],
  ])('refuses %s', (_, text, problem) => {
    const problems = refusal(() => parse(text));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });

  it('reports every broken line', () => {
    expect(refusal(() => parse('a: [1\nb: "c\n'))).toHaveLength(2);
  });
});

describe('decodeUtf8', () => {
  it('drops a byte order mark', () => {
    expect(decodeUtf8(Buffer.from('\uFEFFa: ä'), 'x.yaml')).toBe('a: ä');
  });

  it.each([
    ['Latin-1', Buffer.from('a: \u00e4', 'latin1'), 'the file is not UTF-8 text'],
    ['UTF-16', Buffer.from('\uFEFFa: 1', 'utf16le'), 'the file is not UTF-8 text'],
    ['more than 1 MB', Buffer.alloc(1_000_001, '#'), 'the file is larger than 1 MB'],
  ])('refuses %s', (_, bytes, problem) => {
    expect(refusal(() => decodeUtf8(bytes, 'x.yaml'))).toEqual([`  x.yaml: ${problem}`]);
  });
});
