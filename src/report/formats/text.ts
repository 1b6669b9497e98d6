// A results table for a terminal: plain text, aligned, split to fit the screen, with its notes below it.
import { printable } from '../../printable.ts';
import type { Cell, ResultsTable } from '../table/table.ts';
import { printedTable } from './printed-table.ts';
import { layOutTable, plainScreen, type Screen, type TextCell } from './text-table.ts';
import { wrapParagraph } from './wrap-text.ts';

/** Ends with a newline. The best value has an asterisk, marks of cards stand in brackets. */
export function formatText(table: ResultsTable, screen: Screen = plainScreen): string {
  const { columns, rows } = printedTable(table);
  const body = layOutTable(
    columns.map(({ title, align }) => ({ title, align, wraps: false })),
    rows.map((row) => row.map(cellText)),
    screen,
  );
  const best = rows.flat().some(({ bold }) => bold === true) ? ['* (bold) best'] : [];
  const notes = [
    ...best,
    ...table.notes.map(({ mark, text }) =>
      mark === undefined ? `- ${oneLine(text)}` : `[${mark}] ${oneLine(text)}`,
    ),
  ].map((note) => wrapParagraph(note, screen.width, note.indexOf(' ') + 1));
  return `${oneLine(table.title)}\n\n${body}${notes.length === 0 ? '' : `\n${notes.join('')}`}`;
}

function cellText({ text, bold, mark }: Cell): TextCell {
  const suffix = `${bold === true ? '*' : ''}${mark === undefined ? '' : ` [${mark}]`}`;
  return { text: oneLine(text), ...(suffix !== '' && { suffix }), ...(bold === true && { strong: true }) };
}

function oneLine(text: string): string {
  return printable(text.replaceAll(/\s*\n\s*/g, ' '));
}
