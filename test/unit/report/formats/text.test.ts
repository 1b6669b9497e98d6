// Tables for a terminal: what fits, what wraps, what is split, and what of a results table is left of its marks.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatText } from '../../../../src/report/formats/text.ts';
import { layOutTable, textTable } from '../../../../src/report/formats/text-table.ts';
import { wrapParagraph, wrapText } from '../../../../src/report/formats/wrap-text.ts';
import { buildTable } from '../../../../src/report/table/experiment-table.ts';
import { buildSweepTable } from '../../../../src/report/table/sweep-table.ts';
import type { ResultsTable } from '../../../../src/report/table/table.ts';
import { ablation } from '../../../support/manifests/ablation-manifest.ts';
import { ffhqManifest } from '../../../support/manifests/ffhq-manifest.ts';

const terminal = { width: 80, color: false };

function longest(text: string): number {
  return Math.max(...text.split('\n').map((line) => Array.from(line).length));
}

describe('formatText', () => {
  it.each([
    ['sweep-table-80.txt', formatText(buildSweepTable(ablation), terminal)],
    ['table.txt', formatText(buildTable(ffhqManifest))],
  ])('%s', async (name, text) => {
    await expect(text).toMatchFileSnapshot(`snapshots/${name}`);
  });

  it('fits any terminal, and holds no markup', () => {
    for (const width of [60, 80, 100, 132]) {
      const text = formatText(buildSweepTable(ablation), { width, color: false });
      expect(longest(text)).toBeLessThanOrEqual(width);
      expect(text).not.toMatch(/<[a-z/]|\*\*/);
      expect(text).not.toContain('\u001b');
      expect(text.match(/^wg1-sp0-fr0 /gm)!.length).toBeGreaterThan(1); // its name before each block
    }
  });

  it('colour changes nothing but the colour', () => {
    const table = buildSweepTable(ablation);
    const colored = formatText(table, { width: 80, color: true });
    expect(colored).toContain('\u001b[1m10.50 ± 0.25* [a]\u001b[22m');
    expect(colored.replaceAll('\u001b[1m', '').replaceAll('\u001b[22m', '')).toBe(
      formatText(table, terminal),
    );
  });

  it('leaves out what is for machines, and keeps hostile text on its line', () => {
    const hostile = 'a\nb \u001b[31m<sup>c</sup> | *d*';
    const table: ResultsTable = {
      title: hostile,
      columns: [
        { key: 'model', title: 'Model', align: 'left' },
        { key: 'secret', title: 'Secret', align: 'right', machineOnly: true },
      ],
      rows: [
        [
          { text: hostile, value: hostile, mark: 'a' },
          { text: 'hidden', value: 1 },
        ],
      ],
      notes: [{ mark: 'a', text: hostile }],
    };
    const shown = 'a b \\x1b[31m<sup>c</sup> | *d*';
    expect(formatText(table)).toBe(`${shown}\n\nModel\n${shown} [a]\n\n[a] ${shown}\n`);
  });
});

describe('layOutTable', () => {
  it('keeps numbers under one another, with and without a mark', () => {
    const columns = [
      { title: 'Model', align: 'left', wraps: false },
      { title: 'FID', align: 'right', wraps: false },
    ] as const;
    const rows = [
      [{ text: 'sd' }, { text: '10.50', suffix: '* [a]' }],
      [{ text: 'lite' }, { text: '7.25' }],
    ];
    expect(layOutTable(columns, rows, terminal)).toBe(
      ['Model         FID', 'sd     10.50* [a]', 'lite    7.25', ''].join('\n'),
    );
  });
});

describe('textTable', () => {
  it('wraps long cells beside short ones', () => {
    const rows = [
      ['keys', 'not checked: the images are on another machine'],
      ['files', 'table.csv'],
    ];
    expect(textTable(['check', 'what'], rows, { width: 30, color: false })).toBe(
      [
        'check  what',
        'keys   not checked: the images',
        '       are on another machine',
        'files  table.csv',
        '',
      ].join('\n'),
    );
    expect(longest(textTable(['check', 'what'], rows))).toBeGreaterThan(30);
  });

  it('has only titles without rows', () => {
    expect(textTable(['a', 'b'], [])).toBe('a  b\n');
  });

  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' ', '\u0301', 'é', '✓') });
  it('loses no character, whatever the width', () => {
    const tables = fc.array(fc.tuple(fc.constantFrom('x', 'yy'), word, word, word), { minLength: 1 });
    fc.assert(
      fc.property(tables, fc.integer({ min: 40, max: 90 }), (rows, width) => {
        const text = textTable(['id', 'one', 'two', 'three'], rows, { width, color: false });
        expect(longest(text)).toBeLessThanOrEqual(width);
        const letters = (of: string): number => of.replaceAll(/[^abcé✓]/g, '').length;
        expect(letters(text) - letters(textTable(['id', 'one', 'two', 'three'], []))).toBe(
          letters(rows.flat().join('')),
        );
      }),
    );
  });
});

describe('wrapText', () => {
  it.each([
    ['one two three', 7, ['one two', 'three']],
    ['one two three', 100, ['one two three']],
    ['abcdefgh ij', 3, ['abc', 'def', 'gh', 'ij']],
    ['abc', 3, ['abc']],
    ['', 3, ['']],
  ])('%j to %i', (text, width, lines) => {
    expect(wrapText(text, width)).toEqual(lines);
  });

  it('indents the lines of a paragraph after its first', () => {
    expect(wrapParagraph('- one two three', 9, 2)).toBe('- one\n  two\n  three\n');
    expect(wrapParagraph('- one two three', Infinity, 2)).toBe('- one two three\n');
  });
});
