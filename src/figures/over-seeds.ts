// What figures say of a quantity that every seed has measured: its mean with the 95 % interval by Student's t.
import { halfWidth } from '../metrics/confidence.ts';
import { meanSd } from '../metrics/statistics.ts';
import { formatSignificant } from '../report/table/number-format.ts';
import { textCell } from '../report/table/cells.ts';
import type { Cell, Column } from '../report/table/table.ts';
import { InvariantError } from '../errors.ts';

export interface OverSeeds {
  readonly mean: number;
  /** Half the width of the interval; undefined for a single seed. */
  readonly half: number | undefined;
}

export function overSeeds(values: readonly number[]): OverSeeds {
  const found = meanSd(values);
  if (found === undefined) throw new InvariantError('a mean over no seeds');
  return { mean: found.mean, half: halfWidth(found) };
}

/** `1.2 ± 0.3`. */
export function spoken({ mean, half }: OverSeeds): string {
  return half === undefined
    ? formatSignificant(mean)
    : `${formatSignificant(mean)} ± ${formatSignificant(half)}`;
}

/** Whether the interval lies above 0 (1), below (-1), or holds it (0), as one of a single seed does. */
export function sideOf({ mean, half }: OverSeeds): -1 | 0 | 1 {
  if (half === undefined || Math.abs(mean) <= half) return 0;
  return mean > 0 ? 1 : -1;
}

/** A number as tables of figures hold it: four digits for people, twelve for machines. */
export function valueCell(value: number): Cell {
  return { text: formatSignificant(value), value: Number(value.toPrecision(12)) };
}

export function overSeedsCell(found: OverSeeds): Cell {
  return { text: spoken(found), value: Number(found.mean.toPrecision(12)) };
}

/** Columns of names and numbers, numbers to the right. */
export function columnsOf(
  words: readonly (readonly [key: string, title: string])[],
  numbers: readonly (readonly [key: string, title: string])[],
): Column[] {
  return [
    ...words.map(([key, title]): Column => ({ key, title, align: 'left' })),
    ...numbers.map(([key, title]): Column => ({ key, title, align: 'right' })),
  ];
}

/** Settings as rows of a table: where each stands, and its value. */
export function settingRows(settings: object, prefix = ''): Cell[][] {
  return Object.entries(settings).flatMap(([name, value]: [string, unknown]): Cell[][] =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? settingRows(value, `${prefix}${name}.`)
      : [
          [
            textCell(prefix + name),
            textCell(value === undefined ? 'none' : JSON.stringify(value).replaceAll('"', '')),
          ],
        ],
  );
}
