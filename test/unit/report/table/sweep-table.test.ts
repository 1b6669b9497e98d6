import { describe, expect, it } from 'vitest';
import { formatCsv } from '../../../../src/report/formats/csv.ts';
import { formatLatex } from '../../../../src/report/formats/latex.ts';
import { formatMarkdown } from '../../../../src/report/formats/markdown.ts';
import { renderSweepReport } from '../../../../src/report/pages/sweep-html.ts';
import type { SweepManifest } from '../../../../src/results/sweep-manifest.ts';
import { buildTable } from '../../../../src/report/table/experiment-table.ts';
import { buildSweepTable } from '../../../../src/report/table/sweep-table.ts';
import { ablation, modelWith, runOf, withCell } from '../../../support/manifests/ablation-manifest.ts';
import { card, ffhqManifest, without } from '../../../support/manifests/ffhq-manifest.ts';

const off = { waveletGating: false, spatial: false, freq: false };

function texts(manifest: SweepManifest, column: string): string[] {
  const { columns, rows } = buildSweepTable(manifest);
  const at = columns.findIndex(({ key }) => key === column);
  return rows.map((row) => row[at]!.text);
}

function notes(manifest: SweepManifest): string {
  return buildSweepTable(manifest)
    .notes.map(({ text }) => text)
    .join('\n');
}

/** The ablation with other FIDs in one cell, by seed. */
function withFids(index: number, fids: readonly number[]): SweepManifest {
  return withCell(index, (cell) => ({
    ...cell,
    runs: cell.runs.map((run, i) => ({
      ...run,
      model: { ...run.model!, fid: { value: fids[i]!, card } },
    })),
  }));
}

function boldRows(manifest: SweepManifest): number[] {
  return buildSweepTable(manifest).rows.flatMap((row, i) =>
    row.some((cell) => cell.bold === true) ? [i] : [],
  );
}

describe('a complete sweep', () => {
  it.each([
    ['table.md', formatMarkdown],
    ['table.csv', formatCsv],
    ['table.tex', formatLatex],
  ])('%s', async (name, format) => {
    await expect(format(buildSweepTable(ablation))).toMatchFileSnapshot(`snapshots/sweep-${name}`);
  });

  it("shows the mean over the seeds and the half-width of its interval: Student's 4.30 sd / √3", () => {
    expect(texts(ablation, 'fid').slice(0, 3)).toEqual(['4.98', '17.30 ± 0.25', '14.70 ± 0.25']);
    expect(texts(ablation, 'fid_sd')[1]).toMatch(/^0\.1/);
  });

  it('pairs differences to the baseline by seed, so that what seeds share cancels', () => {
    expect(texts(ablation, 'fid_minus_baseline').slice(0, 3)).toEqual(['–', '–', '−2.60 ± 0.00']);
  });

  it('has the printed values beside, with their errata', () => {
    expect(texts(ablation, 'fid_in_paper')).toEqual([
      '5.0',
      '17.3',
      '14.7',
      '16.6',
      '15.3',
      '12.3',
      '12.4',
      '11.4',
      '10.5',
    ]);
    expect(notes(ablation)).toMatch(/Table 5[^]*Erratum: Table 1 prints/);
  });

  it('sets the best cell in bold', () => {
    expect(boldRows(ablation)).toEqual([8]);
  });

  it("tells how far its order is the paper's", () => {
    expect(notes(ablation)).toContain(
      "Order of 8 cells against Table 5 of the paper: Kendall's tau = 1.00 (1: the same order), exact two-sided p = 0.000050.",
    );
    // Cells 6 and 7 change places: one pair of 28 is discordant.
    const swapped = withFids(7, [13, 13, 13]);
    expect(notes(swapped)).toContain("Kendall's tau = 0.79");
  });
});

describe('what the seeds carry', () => {
  it('ranks students among each other where the teacher is sampled by settings of its own', () => {
    const [teacher] = ablation.teachers;
    const ownSampler = { ...teacher!, fid: { value: 4.02, card: { ...card, steps: 500 } } };
    expect(boldRows({ ...ablation, teachers: [ownSampler] })).toEqual([8]);
  });

  it('the lowest mean alone is not the best: differences paired by seed must exclude 0', () => {
    // Below the second best (11.3, 11.4, 11.5) by 2.4, 0.6 and 0.1: mean 1.03, half-width 2.99.
    const noisy = withFids(7, [8.9, 10.8, 11.4]);
    expect(texts(noisy, 'fid')[8]).toMatch(/^10\.37/);
    expect(boldRows(noisy)).toEqual([]);
    // The same mean with paired differences of 1.03 ± 0.1.
    expect(boldRows(withFids(7, [10.2, 10.4, 10.5]))).toEqual([8]);
  });

  it('three seeds at p = 0.097 do not help', () => {
    // Differences to 17.2, 17.3, 17.4: -6.65, -4.2, -1.75, so -4.20 with a deviation of 2.45.
    const manifest = withFids(2, [10.55, 13.1, 15.65]);
    expect(texts(manifest, 'fid_minus_baseline')[3]).toBe('−4.20 ± 6.09');
    expect(Number(texts(manifest, 'fid_minus_baseline_p')[3])).toBeCloseTo(0.097, 3);
    expect(texts(manifest, 'effect')[3]).toBe('not shown');
    expect(texts(ablation, 'effect')).toEqual(['–', '–', ...Array<string>(7).fill('helps')]);
    expect(texts(withFids(1, [19, 20, 21]), 'effect')[2]).toBe('harms');
  });

  it('nothing is called better by fewer than 500 samples', () => {
    const of = (n: number): SweepManifest => ({
      ...ablation,
      cells: ablation.cells.map((cell) => ({
        ...cell,
        runs: cell.runs.map((run) => ({
          ...run,
          model: { ...run.model!, fid: { ...run.model!.fid!, card: { ...card, n } } },
        })),
      })),
      teachers: [],
    });
    expect(boldRows(of(499))).toEqual([]);
    expect(boldRows(of(500))).toEqual([7]);
    expect(texts(of(499), 'effect')[1]).toBe('not shown');
    expect(texts(of(500), 'effect')[1]).toBe('helps');
    expect(texts(of(500), 'fid')[0]).toBe('17.30 ± 0.25 (n = 500)');
  });

  it('the page calls no cell the best where none is', () => {
    expect(renderSweepReport(ablation, {})).toMatch(/Best FID[^]*10\.50 ± 0\.25/);
    expect(renderSweepReport(withFids(7, [8.9, 10.8, 11.4]), {})).toMatch(/Best FID[^]*not shown/);
  });
});

describe('metrics beside FID', () => {
  const value = (number: number) => ({ value: number, card });
  const manifest = withCell(0, (cell) => ({
    ...cell,
    runs: cell.runs.map(({ seed }) => {
      const metrics = {
        kid: value(0.02 + seed / 100),
        kidStd: value(0.004),
        recall: value(0.5),
        speckle: value(seed),
      };
      return runOf(cell.id, seed, { ...modelWith(off, 17), metrics });
    }),
  }));
  const printed = buildSweepTable(manifest).columns.filter(({ machineOnly }) => machineOnly !== true);

  it('have their arrows, and the deviation of KID no column in print', () => {
    const titles = printed.map(({ title }) => title);
    expect(titles).toEqual(expect.arrayContaining(['FID ↓', 'KID ↓', 'Recall ↑', 'speckle']));
    expect(titles.some((title) => /std/i.test(title))).toBe(false);
    expect(texts(manifest, 'kidStd')[1]).toBe('0.00400 ± 0');
  });

  it('are means over seeds with the mark of their card; a single KID has the deviation of its estimate', () => {
    const kid = (of: SweepManifest, row: number) => {
      const { columns, rows } = buildSweepTable(of);
      return rows[row]![columns.findIndex(({ key }) => key === 'kid')];
    };
    expect(kid(manifest, 1)).toEqual({ text: '0.0300 ± 0.0248', value: 0.03, mark: 'a' });
    expect(texts(manifest, 'kid_sd')[1]).toBe('0.01');
    const one = {
      ...manifest,
      seeds: [0],
      cells: manifest.cells.map((c) => ({ ...c, runs: c.runs.slice(0, 1) })),
    };
    expect(kid(one, 1)).toEqual({ text: '0.0200 ± 0.00400', value: 0.02, mark: 'a' });
    expect(notes(manifest)).toContain('A single KID: ± standard deviation of its estimate.');
    expect(notes(ablation)).not.toContain('A single KID');
  });

  it('give a cell whose seeds differ in cards nothing to average', () => {
    const mixed = withCell(0, (cell) => ({
      ...cell,
      runs: cell.runs.map(({ seed }) =>
        runOf(cell.id, seed, modelWith(off, 17, { ...card, n: card.n + (seed === 2 ? 1 : 0) })),
      ),
    }));
    expect(['fid', 'kid', 'fid_minus_teacher'].map((column) => texts(mixed, column)[1])).toEqual([
      'n/c',
      'n/c',
      'n/c',
    ]);
  });
});

describe('the tables of experiments and of sweeps', () => {
  it('have the same columns in the same order, but for what seeds, axes and cells add', () => {
    const speckle = { speckle: { value: 3, card } };
    const models = ffhqManifest.models.map((model) => ({ ...model, metrics: speckle }));
    const experiment = buildTable({ ...ffhqManifest, models });
    const sweep = buildSweepTable(
      withCell(0, (cell) => ({
        ...cell,
        runs: cell.runs.map((run) => {
          const spectrum = { lowError: 1, highError: 2, radial: [] };
          return { ...run, model: { ...without(run.model!, 'metrics'), metrics: speckle, spectrum } };
        }),
      })),
    );
    const repeated = /_sd$|^seeds$|_by_seed$|_baseline(_ci95|_p)?$|^effect$|^cell$|^kid$/;
    const shared = sweep.columns.filter(({ key }) => !repeated.test(key));
    expect(shared).toEqual(experiment.columns.slice(1));
    expect(shared.map(({ key }) => key)).toContain('speckle');
  });

  it('a sweep of one seed prints its values as an experiment does', () => {
    const model = modelWith(off, 17.12345678901234);
    const one = {
      ...ablation,
      seeds: [0],
      cells: [{ ...ablation.cells[0]!, runs: [runOf('wg0-sp0-fr0', 0, model)] }],
    };
    const sweep = buildSweepTable(one);
    const experiment = buildTable({ ...ffhqManifest, models: [ablation.teachers[0]!, model] });
    for (const key of [
      'params',
      'macs',
      'attention_macs',
      'fid',
      'fid_minus_teacher',
      'kid',
      'fid_in_paper',
    ]) {
      const [left, right] = [sweep, experiment].map(
        ({ columns, rows }) => rows[1]![columns.findIndex((column) => column.key === key)],
      );
      expect(left, key).toEqual(right);
    }
  });
});

describe('what is not there', () => {
  it('marks failed and missing seeds, and averages the others', () => {
    const manifest = withCell(8 - 1, (cell) => ({
      ...cell,
      runs: [
        cell.runs[0]!,
        { ...cell.runs[1]!, status: 'failed', reason: 'the loss is not finite' },
        { ...cell.runs[2]!, status: 'missing' },
      ],
    }));
    expect(texts(manifest, 'fid')[8]).toBe('10.40');
    expect(texts(manifest, 'seeds')[8]).toBe('1/3');
    expect(notes(manifest)).toMatch(
      /wg1-sp1-fr1-seed1: failed \(the loss is not finite\)\.\nwg1-sp1-fr1-seed2: missing\./,
    );
    // A cell that lacks seeds cannot be the best.
    const best = buildSweepTable(manifest).rows.findIndex((row) => row.some((cell) => cell.bold === true));
    expect(texts(manifest, 'cell')[best]).toBe('wg1-sp0-fr1');
  });

  it('says why a cell has no number', () => {
    const without = (status: 'failed' | 'missing') =>
      withCell(0, (cell) => ({
        ...cell,
        runs: cell.runs.map(({ id, seed, configDigest, stages }) => ({
          id,
          seed,
          configDigest,
          stages,
          status,
        })),
      }));
    expect(texts(without('failed'), 'fid')[1]).toBe('failed');
    expect(texts(without('missing'), 'fid')[1]).toBe('missing');
    expect(texts(without('missing'), 'fid_minus_baseline')[2]).toBe('–');
  });
});

describe('cards that differ', () => {
  it('within a cell: nothing is averaged', () => {
    const manifest = withCell(1, (cell) => ({
      ...cell,
      runs: [...cell.runs.slice(0, 2), runOf(cell.id, 2, modelWith(off, 14, { ...card, n: 5000 }))],
    }));
    expect(texts(manifest, 'fid')[2]).toBe('n/c');
    expect(texts(manifest, 'kid')[2]).toBe('n/c');
    expect(notes(manifest)).toMatch(/must not be compared/);
  });

  it('between cells: no difference, and never the best', () => {
    const manifest = withCell(1, (cell) => ({
      ...cell,
      runs: cell.runs.map(({ seed }) => runOf(cell.id, seed, modelWith(off, 1, { ...card, steps: 50 }))),
    }));
    expect(texts(manifest, 'fid_minus_baseline')[2]).toBe('n/c');
    expect(texts(manifest, 'fid_minus_teacher')[2]).toBe('n/c');
    const { rows } = buildSweepTable(manifest);
    expect(rows[2]!.some((cell) => cell.bold === true)).toBe(false);
    expect(rows[2]!.some((cell) => cell.mark === 'b')).toBe(true);
  });
});

describe('axes', () => {
  it('compare each value with the baseline of the same values', () => {
    const cells = [0.05, 0.1].flatMap((lambda, i) =>
      [false, true].map((freq) => {
        const id = `fr${Number(freq)}-${lambda}`;
        return {
          id,
          toggles: { freq },
          axes: [{ key: 'distill.lambdaF', value: lambda }],
          config: {},
          teacher: 0,
          runs: [runOf(id, 0, modelWith({ ...off, freq }, 20 + i - (freq ? 3 + i : 0)))],
        };
      }),
    );
    const manifest = { ...ablation, toggles: ['freq'], axes: ['distill.lambdaF'], seeds: [0], cells };
    expect(texts(manifest, 'fid_minus_baseline').slice(1)).toEqual(['–', '−3.00', '–', '−4.00']);
    expect(texts(manifest, 'distill.lambdaF')).toEqual(['–', '0.05', '0.05', '0.1', '0.1']);
    expect(texts(manifest, 'fid')[1]).toBe('20.00');
  });
});

it('the page is complete in itself and the same every time', () => {
  const page = renderSweepReport(ablation, {});
  expect(renderSweepReport(ablation, {})).toBe(page);
  expect(page.match(/<svg/g)).toHaveLength(2);
  expect(page).not.toMatch(/<script|src="http|href="http/);
  expect(page).toContain('WG + spatial + freq');
});
