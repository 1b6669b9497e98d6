import { expect, it } from 'vitest';
import {
  formatDelta,
  formatMacs,
  formatParams,
  formatRatio,
  formatSigned,
  formatSignificant,
} from '../../../../src/report/table/number-format.ts';

// The paper's own roundings (facts: exact counts beside printed ones).
it.each([
  [274_056_163, '274.1M'],
  [21_098_051, '21.1M'],
  [1_450_000_000, '1.4B'],
  [412_345, '412.3K'],
  [999, '999'],
  [1000, '1.0K'],
  [999_960, '1.0M'],
])('%d parameters: %s', (count, text) => {
  expect(formatParams(count)).toBe(text);
});

it.each([
  [96_058_000_000, '96.1G'],
  [1_114_200_000_000, '1.1T'],
  [12_300_000, '12.3M'],
])('%d MACs: %s', (count, text) => {
  expect(formatMacs(count)).toBe(text);
});

it.each([
  [-0.001, '0.00'],
  [5.5, '+5.50'],
  [-1.234, '\u22121.23'],
])('signed %d: %s', (difference, text) => {
  expect(formatSigned(difference, 2)).toBe(text);
});

it.each([
  [0, '0'],
  [0.1234, '0.123'],
  [12.345, '12.3'],
  [1234.5, '1235'],
  [0.0001234, '1.23e-4'],
  [123_456, '1.23e+5'],
])('three digits of %d: %s', (value, text) => {
  expect(formatSignificant(value)).toBe(text);
});

it('prints ratios like the paper', () => {
  expect(formatRatio(274_056_163 / 21_098_051)).toBe('13.0×');
});

// To four digits of what is compared.
it.each([
  [-0.599340663897, 16.395, '−0.60'],
  [0.00063518, 0.016998, '+0.00064'],
  [-3472928, 4637764, '−3472928'],
  [0.4, 12345.5, '≈ 0'],
  [1234.56, 98765.4, '+1235'],
  [1e-7, 2e-5, '+1.0e-7'],
  [1e-9, 16, '≈ 0'],
  [0, 16, '0'],
])('a delta of %d in %d: %s', (difference, scale, text) => {
  expect(formatDelta(difference, scale)).toBe(text);
});
