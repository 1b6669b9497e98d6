// The table of compared results: deltas to the first, in digits that mean something, and none where cards differ.
import { expect, it } from 'vitest';
import { comparisonTable } from '../../../../src/report/table/comparison-table.ts';
import { differenceTable } from '../../../../src/report/table/difference-table.ts';
import type { ComparedResults } from '../../../../src/results/comparison.ts';
import type { ModelResult, ResultsManifest } from '../../../../src/results/manifest.ts';
import { ablation, withCell } from '../../../support/manifests/ablation-manifest.ts';
import { card, ffhqManifest } from '../../../support/manifests/ffhq-manifest.ts';

const base: ComparedResults = { label: 'a', kind: 'experiment', manifest: ffhqManifest };

function other(label: string, change: (model: ModelResult) => ModelResult): ComparedResults {
  const manifest: ResultsManifest = { ...ffhqManifest, models: ffhqManifest.models.map(change) };
  return { label, kind: 'experiment', manifest };
}

/** The printed cells of a line, by column title. */
function line(results: readonly ComparedResults[], name: string): Readonly<Record<string, string>> {
  const { columns, rows } = comparisonTable(results);
  const row = rows.find(([first]) => first!.text === name);
  return Object.fromEntries(
    (row ?? []).flatMap(({ text, mark = '' }, i) =>
      columns[i]!.machineOnly ? [] : [[columns[i]!.title, text + mark]],
    ),
  );
}

it('says what each model has more or less than in the first results', () => {
  const slimmer = other('b', (model) => ({
    ...model,
    params: model.params / 2,
    fid: { value: model.fid!.value - 0.501, card },
    metrics: { kid: { value: model.name === 'SD' ? 0.0164 : 0.017, card } },
  }));
  const first = other('a', (model) => ({ ...model, metrics: { kid: { value: 0.017, card } } }));
  const results = [first, slimmer];
  expect(line(results, 'SD, FID ↓')).toEqual({ Model: 'SD, FID ↓', a: '10.50a', b: '10.00a', Δ: '−0.50' });
  expect(line(results, 'SD, #Param')).toMatchObject({ a: '21.1M', b: '10.5M', Δ: '−10.5M (−50.0 %)' });
  expect(line(results, 'SD, MACs')).toMatchObject({ Δ: '0' });
  expect(line(results, 'SD, KID ↓')).toMatchObject({ a: '0.0170a', b: '0.0164a', Δ: '−0.00060' });
  expect(line(results, 'LDM, KID ↓')).toMatchObject({ Δ: '0' });
});

it('marks what was taken differently, and gives no delta of it', () => {
  const resampled = other('b', (model) => ({
    ...model,
    fid: { value: 9, card: { ...card, steps: 50 } },
  }));
  const results = [base, resampled];
  expect(line(results, 'SD, FID ↓')).toMatchObject({ a: '10.50a', b: '9.00b', Δ: 'n/c' });
  // It is of the same samples as the FID.
  expect(line(results, 'SD, Low-freq error ↓')).toMatchObject({ Δ: 'n/c' });
  const notes = comparisonTable(results)
    .notes.map(({ text }) => text)
    .join('\n');
  expect(notes).toContain('must not be compared');
  expect(notes).toContain('50 steps');
});

it('shows models that one of them lacks, or that are not done, without a delta', () => {
  const fewer = { ...ffhqManifest, models: ffhqManifest.models.filter(({ name }) => name !== 'SD') };
  const failed = other('c', (model) =>
    model.name === 'SD' ? { ...model, status: 'failed', reason: 'NaN' } : model,
  );
  const results = [base, { label: 'b', kind: 'experiment', manifest: fewer } as const, failed];
  expect(line(results, 'SD, FID ↓')).toEqual({
    ...{ Model: 'SD, FID ↓', a: '10.50a', b: '–', c: 'failed' },
    ...{ 'Δ b': '–', 'Δ c': '–' },
  });
  expect(comparisonTable(results).notes.map(({ text }) => text)).toContain('SD (c): failed (NaN).');
});

it('pairs the cells of sweeps by seed', () => {
  const better = withCell(7, (cell) => ({
    ...cell,
    runs: cell.runs.map((run, i) => ({
      ...run,
      model: { ...run.model!, fid: { value: run.model!.fid!.value - [1, 2, 3][i]!, card } },
    })),
  }));
  const results: ComparedResults[] = [
    { label: 'a', kind: 'sweep', manifest: ablation },
    { label: 'b', kind: 'sweep', manifest: better },
  ];
  // t_2 = 4.303 times sd 1 over sqrt(3).
  expect(line(results, 'wg1-sp1-fr1, FID ↓')).toMatchObject({ a: '10.50 ± 0.25a', Δ: '−2.00 ± 2.48' });
  const { columns, rows } = comparisonTable(results);
  const half = columns.findIndex(({ key }) => key === 'b minus a, half-width');
  const row = rows.find(([first]) => first!.text === 'wg1-sp1-fr1, FID ↓');
  expect(row?.[half]?.value).toBeCloseTo(2.484, 3);
});

it('names the runs of a sweep in which a setting differs, and the results where there are several', () => {
  const difference = { part: 'config', what: 'distill.lambdaF', first: '0.1', other: '–' } as const;
  const table = differenceTable('a', [
    { ...difference, label: 'b', runs: ['r0', 'r1', 'r2', 'r3', 'r4'] },
    { ...difference, label: 'c' },
  ]);
  expect(table.columns.map(({ title }) => title)).toEqual(['Results', 'Runs', 'Part', 'What', 'a', 'Other']);
  expect(table.rows.map((row) => row.map(({ text }) => text))).toEqual([
    ['b', 'r0, r1, r2 and 2 more', 'config', 'distill.lambdaF', '0.1', '–'],
    ['c', 'all', 'config', 'distill.lambdaF', '0.1', '–'],
  ]);
  expect(differenceTable('a', [{ ...difference, label: 'b' }]).columns.map(({ title }) => title)).toEqual([
    ...['Part', 'What', 'a', 'b'],
  ]);
});
