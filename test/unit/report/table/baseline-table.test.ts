// What cells are above or below their baseline, in every measure of the results table.
import { describe, expect, it } from 'vitest';
import { renderSweepReport } from '../../../../src/report/pages/sweep-html.ts';
import type { SweepManifest } from '../../../../src/results/sweep-manifest.ts';
import { baselineTable } from '../../../../src/report/table/baseline-table.ts';
import { buildSweepTable } from '../../../../src/report/table/sweep-table.ts';
import { ablation } from '../../../support/manifests/ablation-manifest.ts';
import { card } from '../../../support/manifests/ffhq-manifest.ts';

/** By cell and seed. The seeds share more than what the cells differ by. */
const kids = [
  [0.03, 0.04, 0.05],
  [0.028, 0.037, 0.046],
] as const;

/** Two cells of the ablation with all that is measured; `cards` by cell. */
function measured(n: readonly [number, number] = [card.n, card.n]): SweepManifest {
  return {
    ...ablation,
    cells: ablation.cells.slice(0, 2).map((cell, i) => ({
      ...cell,
      runs: cell.runs.map((run, j) => {
        const value = (number: number) => ({ value: number, card: { ...card, n: n[i]! } });
        const metrics = {
          kid: value(kids[i]![j]!),
          kidStd: value(0.004),
          precision: value(0.5 + i / 10),
          recall: value(0.25),
          paperLow: value(3 + i),
          paperHigh: value(1 - i),
        };
        const spectrum = { lowError: 0.5 * (i + 1), highError: 0.25, radial: [] };
        return { ...run, model: { ...run.model!, metrics, spectrum } };
      }),
    })),
  };
}

function cellsOf(manifest: SweepManifest): Readonly<Record<string, string>> {
  const { columns, rows } = baselineTable(manifest)!;
  return Object.fromEntries(columns.map(({ key }, i) => [key, rows[0]![i]!.text]));
}

describe('differences to the baseline', () => {
  it('stand for every measure that the table has, and one row for each cell beside the baseline', () => {
    const { columns, rows } = baselineTable(measured())!;
    const printed = columns.filter(({ machineOnly }) => machineOnly !== true).map(({ key }) => key);
    expect(printed).toEqual([
      ...['cell', 'baseline'],
      ...[
        ...['fid', 'kid', 'precision', 'recall', 'paperLow', 'paperHigh'],
        ...['low_frequency_error', 'high_frequency_error'],
      ].map((key) => `${key}_minus_baseline`),
    ]);
    expect(rows.map(([cell, baseline]) => [cell!.text, baseline!.text])).toEqual([
      ['wg1-sp0-fr0', 'wg0-sp0-fr0'],
    ]);
  });

  it("are paired by seed, with Student's interval: KID of -0.002, -0.003, -0.004 is -0.003 ± 4.303 · 0.001 / √3", () => {
    const cells = cellsOf(measured());
    expect(cells['kid_minus_baseline']).toBe('−0.00300 ± 0.00248');
    expect(Number(cells['kid_minus_baseline_ci95'])).toBeCloseTo((4.302653 * 0.001) / Math.sqrt(3), 8);
    // t = 3 √3 with 2 degrees of freedom: p = 1 - t / √(2 + t²).
    expect(Number(cells['kid_minus_baseline_p'])).toBeCloseTo(1 - Math.sqrt(27 / 29), 8);
    expect(cells['paperHigh_minus_baseline']).toBe('−1 ± 0');
    expect(cells['low_frequency_error_minus_baseline']).toBe('+0.500 ± 0');
  });

  it('are in the results table for machines', () => {
    const { columns, rows } = buildSweepTable(measured());
    const at = columns.findIndex(({ key }) => key === 'kid_minus_baseline');
    expect(columns[at]!.machineOnly).toBe(true);
    expect(rows.map((row) => row[at]!.value)).toEqual([null, null, -0.003]);
  });

  it('are on the page', () => {
    expect(renderSweepReport(measured(), {})).toMatch(/Differences to the baseline[^]*−0\.00300 ± 0\.00248/);
  });

  it('are none between cells that were measured in different ways', () => {
    expect(cellsOf(measured([card.n, card.n + 1]))['kid_minus_baseline']).toBe('n/c');
  });

  it('have no interval of one seed', () => {
    const manifest = measured();
    const one = {
      ...manifest,
      seeds: [0],
      cells: manifest.cells.map((cell) => ({ ...cell, runs: cell.runs.slice(0, 1) })),
    };
    expect(cellsOf(one)['kid_minus_baseline']).toBe('−0.00200');
    expect(baselineTable(one)!.notes[0]!.text).toMatch(/One seed has no interval/);
  });

  it('are none of a single cell', () => {
    expect(baselineTable({ ...ablation, cells: ablation.cells.slice(0, 1) })).toBeUndefined();
  });
});
