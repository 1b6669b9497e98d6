// Small parts of figures: what is averaged, which ranges of frequencies, which colours, which figures.
import { describe, expect, it } from 'vitest';
import { chosenFigures } from '../../../src/figures/choose-figures.ts';
import { colorOf } from '../../../src/figures/heat-map.ts';
import { numberTable } from '../../../src/figures/number-table.ts';
import { octaves } from '../../../src/figures/predicted-images.ts';
import { averageGates } from '../../../src/figures/sampling-gates.ts';
import { formatCsv } from '../../../src/report/formats/csv.ts';

it('averages gates over modules, and their deviations', () => {
  const module = { module: 'a', direction: 'down', size: 8 } as const;
  const bands = averageGates([
    { ...module, mean: [[0.25, 0, 0, 1]], std: [[0.125, 0, 0, 0]] },
    { ...module, mean: [[0.75, 0, 0, 0]], std: [[0.375, 0, 0, 0]] },
  ]);
  expect(bands.map(([point]) => point)).toEqual([
    { mean: 0.5, low: 0.25, high: 0.75 },
    { mean: 0, low: 0, high: 0 },
    { mean: 0, low: 0, high: 0 },
    { mean: 0.5, low: 0.5, high: 0.5 },
  ]);
});

it('divides frequencies into octaves', () => {
  expect(octaves(16).map(({ from, to }) => [from, to])).toEqual([
    [1, 2],
    [2, 4],
    [4, 8],
    [8, 16],
    [16, 17],
  ]);
  expect(octaves(2).map(({ from, to }) => [from, to])).toEqual([
    [1, 2],
    [2, 3],
  ]);
});

it('colours the ends, the middle, and what lies outside', () => {
  const scale = { palette: 'diverging', range: [-1, 1] } as const;
  expect(colorOf(0, scale)).toEqual([247, 247, 247]);
  expect(colorOf(-1, scale)).toEqual(colorOf(-7, scale));
  expect(colorOf(1, scale)).toEqual([103, 0, 31]);
  expect(colorOf(0.5, { palette: 'rising', range: [0, 1] })).toEqual([183, 55, 121]);
  expect(colorOf(3, { palette: 'rising', range: [3, 3] })).toEqual([0, 0, 4]);
});

it('writes numbers to six digits, and none where there is none', () => {
  const table = numberTable(
    't',
    ['name', 'value'],
    [
      ['a', 1 / 3],
      ['b', undefined],
    ],
  );
  expect(formatCsv(table)).toBe('name,value\na,0.333333\nb,\n');
});

describe('the figures that are asked for', () => {
  it('are all of their sort, or those named, in the order of the catalog', () => {
    expect(chosenFigures(undefined, 'experiment').map(({ id }) => id)).toContain('table-1');
    expect(chosenFigures('9, 2', 'experiment').map(({ id }) => id)).toEqual(['2', '9']);
  });

  it('are refused where there are none such, or where they need something else', () => {
    expect(() => chosenFigures('2,11', 'experiment')).toThrow('there is no figure 11');
    expect(() => chosenFigures('', 'experiment')).toThrow('there is no figure (empty)');
    expect(() => chosenFigures('2', 'nothing')).toThrow('Fig. 2 is made of the models of an experiment');
  });
});
