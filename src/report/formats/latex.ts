// A results table as LaTeX: booktabs rules, footnotes under the tabular. Needs booktabs and amssymb.
import { printedTable } from './printed-table.ts';
import type { Cell, ResultsTable } from '../table/table.ts';

/** Characters that LaTeX reads as commands, and those outside its default encoding. */
const replacements: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  '&': '\\&',
  '%': '\\%',
  $: '\\$',
  '#': '\\#',
  _: '\\_',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  '×': '$\\times$',
  '✓': '$\\checkmark$',
  '↓': '$\\downarrow$',
  '↑': '$\\uparrow$',
  '→': '$\\to$',
  Δ: '$\\Delta$',
  η: '$\\eta$',
  λ: '$\\lambda$',
  '√': '$\\surd$',
  ᾱ: '$\\bar\\alpha$',
  '≠': '$\\neq$',
  '−': '$-$',
  '–': '--',
  '·': '$\\cdot$',
  '±': '$\\pm$',
  '\n': ' ',
};

/** Escapes text for LaTeX's text mode. */
export function escapeLatex(text: string): string {
  return Array.from(text.normalize('NFC'), (character) => replacements[character] ?? character).join('');
}

function cellText({ text, bold, mark }: Cell): string {
  const escaped = escapeLatex(text);
  const set = bold === true ? `\\textbf{${escaped}}` : escaped;
  return mark === undefined ? set : `${set}\\textsuperscript{${mark}}`;
}

const alignments = { left: 'l', right: 'r', center: 'c' } as const;

/** Ends with a newline. */
export function formatLatex(table: ResultsTable): string {
  const { columns, rows } = printedTable(table);
  const line = (cells: readonly string[]): string => `    ${cells.join(' & ')} \\\\`;
  const notes = table.notes.map(({ mark, text }) =>
    mark === undefined ? escapeLatex(text) : `\\textsuperscript{${mark}} ${escapeLatex(text)}`,
  );
  return [
    '% Needs \\usepackage{booktabs,amssymb}.',
    '\\begin{table}',
    '  \\centering',
    `  \\caption{${escapeLatex(table.title)}}`,
    `  \\begin{tabular}{${columns.map(({ align }) => alignments[align]).join('')}}`,
    '    \\toprule',
    line(columns.map(({ title }) => escapeLatex(title))),
    '    \\midrule',
    ...rows.map((row) => line(row.map(cellText))),
    '    \\bottomrule',
    '  \\end{tabular}',
    ...(notes.length === 0
      ? []
      : [
          '',
          '  \\vspace{0.5ex}',
          '  \\begin{minipage}{\\linewidth}\\footnotesize',
          ...notes.map((note) => `    ${note}\\par`),
          '  \\end{minipage}',
        ]),
    '\\end{table}',
    '',
  ].join('\n');
}
