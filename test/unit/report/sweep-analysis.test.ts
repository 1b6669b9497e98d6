// The table, files and page of a sweep's analysis: geometric means, differences paired by seed, and what is not trained.
import { describe, expect, it } from 'vitest';
import { cellLossTable, runLossTable } from '../../../src/report/table/sweep-analysis-tables.ts';
import { sweepAnalysisFiles } from '../../../src/report/write-analysis.ts';
import { formatCsv } from '../../../src/report/formats/csv.ts';
import type { ByBand, LossPoint } from '../../../src/results/analysis.ts';
import type { AnalyzedRun, SweepAnalysis } from '../../../src/results/sweep-analysis.ts';

const byBand = (loss: number, low: number, high: number): ByBand => ({
  loss: { value: loss, error: 0.01 },
  low: { value: low, error: 0.01 },
  high: { value: high, error: 0.01 },
});

/** Ratios at five timesteps, of which the first two are those of little noise. */
function run(seed: number, ratios: readonly (readonly [number, number, number])[]): AnalyzedRun {
  const losses = ratios.map((ratio, i): LossPoint => ({
    t: [1, 250, 500, 750, 999][i]!,
    ...byBand(0.5, 0.25, 0.25),
    ratio: byBand(...ratio),
  }));
  const all: LossPoint = { t: 'all', ...byBand(0.5, 0.25, 0.25), ratio: byBand(9, 9, 9) };
  return {
    ...{ id: `cell-seed${seed}`, seed, key: 'a'.repeat(32), teacherKey: 'b'.repeat(32), weights: 'ema' },
    losses: [...losses, all],
  };
}

/** The whole loss as told, at little noise too; the parts of little noise each the same at both timesteps. */
const flat = (seed: number, loss: number, low: number, high: number): AnalyzedRun =>
  run(
    seed,
    Array.from({ length: 5 }, () => [loss, low, high] as const),
  );

const analysis: SweepAnalysis = {
  ...{ schemaVersion: 1, kind: 'sweep', sweep: 'small <b>', description: 'Two cells.' },
  ...{ sdxVersion: '0.0.0', engine: { name: 'onnx' }, count: 8, timesteps: [1, 250, 500, 750, 999] },
  ...{ latentShape: [4, 8, 8], cutoff: 0.25, toggles: ['freq'], seeds: [0, 1, 2] },
  cells: [
    {
      ...{ id: 'fr0', toggles: { freq: false }, axes: [] },
      runs: [flat(0, 2, 2, 4), flat(1, 2.2, 2, 4), flat(2, 1.8, 2, 4)],
    },
    {
      ...{ id: 'fr1', toggles: { freq: true }, axes: [] },
      runs: [flat(0, 1, 1.6, 2), flat(2, 0.9, 1.6, 2)],
    },
  ],
  missing: ['fr1-seed1'],
};

function cell(table: ReturnType<typeof cellLossTable>, row: number, column: string): string {
  return table.rows[row]![table.columns.findIndex(({ key }) => key === column)]!.text;
}

describe("a sweep's analysis", () => {
  it('tells how much more of the high part is lost than of the low one', () => {
    expect(cell(cellLossTable(analysis), 0, 'tilt')).toMatch(/^2\.000/); // 4 beside 2, in all three seeds
    expect(cell(cellLossTable(analysis), 1, 'tilt')).toMatch(/^1\.250/);
  });

  it('averages ratios over timesteps and seeds as logarithms', () => {
    const mixed = run(0, [
      [4, 1, 1],
      [1, 1, 1],
      [1, 1, 1],
      [1, 1, 1],
      [0.25, 1, 1],
    ]);
    const one = { ...analysis, cells: [{ ...analysis.cells[0]!, runs: [mixed] }] };
    expect(cell(cellLossTable(one), 0, 'all')).toBe('1.000');
    expect(cell(cellLossTable(one), 0, 'little_noise')).toBe('2.000'); // sqrt(4 * 1)
    // ln 2, ln 2.2, ln 1.8: mean 0.68980, sd 0.10038; half the interval 4.3027 sd / sqrt 3 = 0.24935
    expect(cell(cellLossTable(analysis), 0, 'all')).toBe('1.993 [1.553, 2.558]');
  });

  it('pairs differences by seed: what seeds share cancels', () => {
    const table = cellLossTable(analysis);
    expect(cell(table, 0, 'all_change')).toBe('–');
    expect(cell(table, 1, 'all_change')).toBe('−50.0 [−50.0, −50.0]'); // halves at seeds 0 and 2, both trained
    expect(cell(table, 1, 'little_noise_low_change')).toContain('−20.0 ');
    expect(cell(table, 1, 'little_noise_high_change')).toContain('−50.0 ');
    expect(cell(table, 1, 'tilt_change')).toContain('−37.5 '); // (2/4) / (1.6/2) = 0.625
    expect(cell(table, 1, 'effect')).toBe('helps');
    expect(cell(table, 1, 'seeds')).toBe('2');
    expect(table.notes.map(({ text }) => text).join()).toContain('Not trained: fr1-seed1.');
  });

  it('shows nothing of a single seed', () => {
    const single = {
      ...analysis,
      seeds: [0],
      cells: analysis.cells.map((one) => ({ ...one, runs: [one.runs[0]!] })),
    };
    expect(cell(cellLossTable(single), 1, 'all_change')).toBe('−50.0');
    expect(cell(cellLossTable(single), 1, 'effect')).toBe('not shown');
  });

  it('gives machines every loss of every run', () => {
    const lines = formatCsv(runLossTable(analysis)).trim().split('\n');
    expect(lines).toHaveLength(1 + 5 * 6);
    expect(lines[1]).toBe('fr0,0,1,0.5,0.25,0.25,2,0.01,2,0.01,4,0.01');
  });

  it('is a page of its own, with nothing from elsewhere and all text escaped', () => {
    const files = sweepAnalysisFiles(analysis);
    expect(Object.keys(files).sort()).toEqual(['analysis.html', 'analysis.json', 'cells.csv', 'loss.csv']);
    expect(files['analysis.html']).toContain('small &lt;b&gt;');
    expect(files['analysis.html']).not.toMatch(/<b>|https?:\/\/(?!www\.w3\.org)|NaN/);
    expect(JSON.parse(files['analysis.json']!)).toEqual(analysis);
  });
});
