// Cells of the difference between two rows in one measure, paired by seed: itself, and for machines its interval and p value.
import { halfWidth, pValue } from '../../metrics/confidence.ts';
import type { MeanSd } from '../../metrics/statistics.ts';
import { differenceCell, numberCell, type Style } from './cells.ts';
import { difference, measure, type Quantity } from './measured.ts';
import type { Measure } from './measures.ts';
import { formatDelta, formatSigned } from './number-format.ts';
import type { Row } from './row.ts';
import type { Cell } from './table.ts';

type Compared = Pick<Measure, 'quantity' | 'digits'>;

/** `row` minus `base`; with its 95 % interval where there are several seeds. */
export function deltaCell({ quantity, digits }: Compared, row: Row, base: Row): Cell {
  const style = digits === undefined ? scaledStyle([row, base], quantity) : fixedStyle(digits);
  return differenceCell(difference(row, base, quantity), style);
}

/** Half the width of the interval. */
export function deltaHalfCell({ quantity }: Compared, row: Row, base: Row): Cell {
  return numberOf(difference(row, base, quantity), halfWidth);
}

export function deltaPCell({ quantity }: Compared, row: Row, base: Row): Cell {
  return numberOf(difference(row, base, quantity), pValue);
}

function numberOf(found: MeanSd | 'mixed' | undefined, of: (difference: MeanSd) => number | undefined): Cell {
  return numberCell(found === undefined || found === 'mixed' ? undefined : of(found));
}

function fixedStyle(digits: number): Style {
  return { format: (value) => formatSigned(value, digits), spread: (half) => half.toFixed(digits) };
}

/** Digits by the magnitude of what is compared. */
function scaledStyle(rows: readonly Row[], quantity: Quantity): Style {
  const scale = Math.max(0, ...rows.map((row) => magnitude(row, quantity)));
  return {
    format: (value) => formatDelta(value, scale),
    spread: (half) => formatDelta(half, scale).replace('+', ''),
  };
}

function magnitude(row: Row, quantity: Quantity): number {
  const measured = measure(row, quantity);
  return measured === undefined || measured === 'mixed' ? 0 : Math.abs(measured.average.mean);
}
