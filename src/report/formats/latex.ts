// A results table as LaTeX: booktabs rules, in as many parts under one another as it takes to fit a column of a two-column
// paper, footnotes below. Needs booktabs and nothing else.
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
  '✓': '$\\bullet$',
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

/** Points of a column of a usual two-column paper, and those of a digit and of what is between columns at \\footnotesize. */
const columnWidth = 238;
const digitWidth = 4.25;
const separation = 2 * 3;

/** Indices of the columns of each part; the first column, which names the rows, begins them all. */
function partsOf({ columns, rows }: Pick<ResultsTable, 'columns' | 'rows'>): number[][] {
  const widthOf = (i: number): number => {
    const texts = [columns[i]!.title, ...rows.map((row) => row[i]!.text)];
    return Math.max(...texts.map((text) => Array.from(text).length)) * digitWidth + separation;
  };
  const parts: number[][] = [];
  let left = 0;
  for (let i = 1; i < columns.length; i++) {
    if (parts.length === 0 || widthOf(i) > left) {
      parts.push([0]);
      left = columnWidth - widthOf(0);
    }
    parts.at(-1)!.push(i);
    left -= widthOf(i);
  }
  return parts.length === 0 ? [[0]] : parts;
}

/** Ends with a newline. */
export function formatLatex(table: ResultsTable): string {
  const { columns, rows } = printedTable(table);
  const tabular = (part: readonly number[]): string[] => [
    `  \\begin{tabular}{${part.map((i) => alignments[columns[i]!.align]).join('')}}`,
    '    \\toprule',
    line(part.map((i) => escapeLatex(columns[i]!.title))),
    '    \\midrule',
    ...rows.map((row) => line(part.map((i) => cellText(row[i]!)))),
    '    \\bottomrule',
    '  \\end{tabular}',
  ];
  const line = (cells: readonly string[]): string => `    ${cells.join(' & ')} \\\\`;
  const notes = table.notes.map(({ mark, text }) =>
    mark === undefined ? escapeLatex(text) : `\\textsuperscript{${mark}} ${escapeLatex(text)}`,
  );
  return [
    '% Needs \\usepackage{booktabs}.',
    '\\begin{table}',
    '  \\centering\\footnotesize',
    '  \\setlength{\\tabcolsep}{3pt}',
    `  \\caption{${escapeLatex(table.title)}}`,
    ...partsOf({ columns, rows }).flatMap((part, i) => [
      ...(i === 0 ? [] : ['', '  \\medskip']),
      ...tabular(part),
    ]),
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
