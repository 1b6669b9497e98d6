// Each format's escaping, on text that would break it.
import { describe, expect, it } from 'vitest';
import { escapeCsv, formatCsv } from '../../../../src/report/formats/csv.ts';
import { escapeHtml, formatHtmlTable } from '../../../../src/report/formats/html-table.ts';
import { formatJson } from '../../../../src/report/formats/json.ts';
import { escapeLatex, formatLatex } from '../../../../src/report/formats/latex.ts';
import { escapeMarkdown, formatMarkdown } from '../../../../src/report/formats/markdown.ts';
import type { ResultsTable } from '../../../../src/report/table/table.ts';

const hostile = 'a|b & <i>_x_</i> "q", 50% \\ {#1}\n$2^3~';
const table: ResultsTable = {
  title: hostile,
  columns: [
    { key: 'model', title: 'Model', align: 'left' },
    { key: 'secret', title: 'Secret', align: 'right', machineOnly: true },
  ],
  rows: [
    [
      { text: hostile, value: hostile, bold: true, mark: 'a' },
      { text: 'hidden', value: 1 },
    ],
  ],
  notes: [{ mark: 'a', text: hostile }, { text: 'plain' }],
};

it('markdown keeps one line per row and escapes markup', () => {
  expect(escapeMarkdown(hostile)).toBe('a\\|b &amp; &lt;i&gt;\\_x\\_&lt;/i&gt; "q", 50% \\\\ {#1} $2^3\\~');
  const lines = formatMarkdown(table).split('\n');
  expect(lines.filter((line) => line.startsWith('|'))).toHaveLength(3);
});

it.each([
  ['=HYPERLINK("x")', `"'=HYPERLINK(""x"")"`],
  ['+cmd', "'+cmd"],
  ['-a', "'-a"],
  ['@a', "'@a"],
  ['-1.5', '-1.5'],
  [-1.5, '-1.5'],
  ['plain', 'plain'],
])('csv: no spreadsheet takes %j for a formula', (value, field) => {
  const rows = [[{ text: '', value }]];
  const columns = table.columns.slice(0, 1);
  expect(formatCsv({ ...table, columns, rows })).toBe(`model\n${field}\n`);
});

it('latex escapes every special character', () => {
  expect(escapeLatex(hostile)).toBe(
    'a\\textbar{}b \\& \\textless{}i\\textgreater{}\\_x\\_\\textless{}/i\\textgreater{} "q", 50\\% ' +
      '\\textbackslash{} \\{\\#1\\} \\$2\\textasciicircum{}3\\textasciitilde{}',
  );
  expect(escapeLatex('Δ −1 × ✓ ᾱ –')).toBe('$\\Delta$ $-$1 $\\times$ $\\bullet$ $\\bar\\alpha$ --');
});

it('html escapes text and attributes', () => {
  expect(escapeHtml('<a href="x">&')).toBe('&lt;a href=&quot;x&quot;&gt;&amp;');
  expect(formatHtmlTable(table)).not.toContain('<i>');
});

it.each([
  ['plain', 'plain'],
  ['a,b', '"a,b"'],
  ['say "x"', '"say ""x"""'],
  ['two\nlines', '"two\nlines"'],
  [' edge', '" edge"'],
])('csv field %j becomes %j', (field, text) => {
  expect(escapeCsv(field)).toBe(text);
});

describe('machine-only columns', () => {
  it('are in CSV and nowhere else', () => {
    expect(formatCsv(table).startsWith('model,secret\n')).toBe(true);
    for (const format of [formatMarkdown, formatLatex, formatHtmlTable])
      expect(format(table)).not.toMatch(/Secret|hidden/);
  });
});

it('json ends with a newline and turns what JSON cannot hold into null', () => {
  expect(formatJson({ loss: NaN })).toBe('{\n  "loss": null\n}\n');
});
