// A results table as CSV (RFC 4180 quoting, line feeds): raw values, every column, no footnotes.
import type { Cell, ResultsTable } from '../table/table.ts';

/** Quotes a field that holds a comma, a quote, a line break or space at an end. */
export function escapeCsv(field: string): string {
  return /[",\r\n]|^\s|\s$/.test(field) ? `"${field.replace(/"/g, '""')}"` : field;
}

function valueText({ value }: Cell): string {
  return value === null ? '' : typeof value === 'string' ? asText(value) : String(value);
}

/** Spreadsheets take text that begins like this for a formula; after an apostrophe they do not. */
function asText(text: string): string {
  return /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
}

/** Ends with a newline. An empty field means: no value. */
export function formatCsv({ columns, rows }: ResultsTable): string {
  const lines = [columns.map(({ key }) => key), ...rows.map((row) => row.map(valueText))];
  return lines.map((line) => `${line.map(escapeCsv).join(',')}\n`).join('');
}
