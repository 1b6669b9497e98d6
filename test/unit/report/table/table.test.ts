// What the table compares, marks and leaves out, and its files for the demonstration manifest.
import { describe, expect, it } from 'vitest';
import type { ModelResult, ResultsManifest } from '../../../../src/results/manifest.ts';
import { buildTable } from '../../../../src/report/table/experiment-table.ts';
import type { Cell, ResultsTable } from '../../../../src/report/table/table.ts';
import { tableFiles } from '../../../../src/report/formats/table-formats.ts';
import { card, ffhqManifest, without } from '../../../support/manifests/ffhq-manifest.ts';

const withoutPaper = without(ffhqManifest, 'paper');

/** The cell of a model under a column key. */
function at(table: ResultsTable, model: string, key: string): Cell | undefined {
  const row = table.rows.find(([first]) => first!.value === model)!;
  return row[table.columns.findIndex((column) => column.key === key)];
}

/** The manifest with one model changed. */
function changed(name: string, change: Partial<ModelResult>): ResultsManifest {
  const models = ffhqManifest.models.map((model) => (model.name === name ? { ...model, ...change } : model));
  return { ...ffhqManifest, models };
}

/** The manifest with one model lacking its FID. */
function unmeasured(name: string): ResultsManifest {
  const models = ffhqManifest.models.map((model) => (model.name === name ? without(model, 'fid') : model));
  return { ...ffhqManifest, models };
}

describe('files of the demonstration manifest', () => {
  it.each(['md', 'csv', 'tex'] as const)('table.%s', async (format) => {
    const { [`table.${format}`]: text } = tableFiles(buildTable(ffhqManifest), [format]);
    await expect(text).toMatchFileSnapshot(`snapshots/table.${format}`);
  });
});

describe('buildTable', () => {
  const otherCard = { ...card, n: 10_000 };

  it('tells which models sample in int8, and what their weights take', () => {
    const int8 = { layers: 9, convolutions: 10, error: 0.0125, bytes: { float32: 40e6, int8: 12e6 } };
    const table = buildTable(changed('SD', { int8 }));
    expect(at(table, 'SD', 'weights_bytes')).toMatchObject({ value: 12e6 });
    expect(at(table, 'SD', 'weights_bytes')!.text).toMatch(/^12\.0 MB \(\d+\.\d×\)$/);
    const { params } = ffhqManifest.models.find(({ name }) => name === 'LDM')!;
    expect(at(table, 'LDM', 'weights_bytes')).toMatchObject({ value: 4 * params });
    const notes = table.notes.map(({ text }) => text);
    expect(notes).toContain(
      'SD samples in int8: 9 of 10 convolutions compute on integers, which moves its predictions by 1.25 %.',
    );
    expect(notes).toContain('No FID in paper beside SD: it samples in int8.');
    expect(buildTable(ffhqManifest).columns.map(({ key }) => key)).not.toContain('weights_bytes');
  });

  it('shows people no column of printed FIDs where none is comparable', () => {
    const column = (manifest: ResultsManifest) =>
      buildTable(manifest).columns.find(({ key }) => key === 'fid_in_paper');
    expect(column(ffhqManifest)).toMatchObject({ title: 'FID in paper' });
    expect(column(ffhqManifest)).not.toHaveProperty('machineOnly');
    const models = ffhqManifest.models.map((model) => ({ ...model, variants: ['gates frozen at 0.5'] }));
    expect(column({ ...ffhqManifest, models })).toMatchObject({ machineOnly: true });
    expect(column(withoutPaper)).toBeUndefined();
  });

  it('sets nothing in bold: the lowest FID of one seed is not the best', () => {
    const bold = buildTable(ffhqManifest)
      .rows.flat()
      .filter((cell) => cell.bold === true);
    expect(bold).toEqual([]);
  });

  it('says how many samples a FID is of where they are fewer than its features', () => {
    const few = (n: number) => {
      const table = buildTable(changed('SD', { fid: { value: 3, card: { ...card, n } } }));
      const notes = table.notes.map(({ text }) => text).join('\n');
      return [
        at(table, 'SD', 'fid')!.text,
        notes.includes('n: samples'),
        notes.includes('Of fewer than 500'),
      ];
    };
    expect(few(2048)).toEqual(['3.00', false, false]);
    expect(few(2047)).toEqual(['3.00 (n = 2047)', true, false]);
    expect(few(499)).toEqual(['3.00 (n = 499)', true, true]);
  });

  it('gives sizes with their ratio to the teacher', () => {
    const table = buildTable(ffhqManifest);
    expect(at(table, 'SD', 'params')).toEqual({ text: '21.1M (13.0×)', value: 21_098_051 });
    expect(at(table, 'LDM', 'params')!.text).toBe('274.1M');
  });

  it('marks different cards, and does not subtract across them', () => {
    const table = buildTable(changed('SD', { fid: { value: 3, card: otherCard } }));
    expect([at(table, 'LDM', 'fid')!.mark, at(table, 'SD', 'fid')!.mark]).toEqual(['a', 'b']);
    expect(at(table, 'SD', 'fid_minus_teacher')).toEqual({ text: 'n/c', value: null });
    expect(table.notes.some(({ text }) => text.includes('must not be compared'))).toBe(true);
  });

  it('gives cards that differ in the note one mark', () => {
    const table = buildTable(changed('SD', { fid: { value: 3, card: { ...card, note: 'again' } } }));
    expect(at(table, 'SD', 'fid')!.mark).toBe('a');
  });

  it('tells the sampler of each row where they differ, and subtracts nothing then', () => {
    expect(buildTable(ffhqManifest).columns.map(({ key }) => key)).not.toContain('sampler');
    const guided = { ...card, steps: 250, guidanceScale: 1.5 };
    const table = buildTable(changed('LDM', { fid: { value: 3.6, card: guided } }));
    expect(at(table, 'LDM', 'sampler')!.text).toBe('DDIM 250, η = 1, w = 1.5');
    expect(at(table, 'SD', 'sampler')!.text).toBe('DDIM 200, η = 1');
    expect(at(table, 'SD', 'fid_minus_teacher')!.text).toBe('n/c');
  });

  it('tells what a sample costs where samplers differ: network evaluations, twice as many with guidance', () => {
    const heun = { ...card, sampler: 'Heun', eta: null, steps: 20, evaluations: 39 };
    const table = buildTable(changed('LDM', { fid: { value: 3.6, card: heun } }));
    expect(at(table, 'LDM', 'sampler')!.text).toBe('Heun 20');
    expect(at(table, 'LDM', 'macs_per_image')).toEqual({ text: '3.7T', value: 39 * 96_058_000_000 });
    expect(at(table, 'SD', 'macs_per_image')!.value).toBe(200 * 6_742_000_000);
    expect(table.notes.some(({ text }) => text.includes('Heun, 20 steps of 39 network evaluations;'))).toBe(
      true,
    );
    const guided = { ...card, guidanceScale: 1.5 };
    const twice = buildTable(changed('LDM', { fid: { value: 3.6, card: guided } }));
    expect(at(twice, 'LDM', 'macs_per_image')!.value).toBe(2 * 200 * 96_058_000_000);
  });

  describe('FID in paper', () => {
    const inPaper = (manifest: ResultsManifest, model: string) => {
      const table = buildTable(manifest);
      const notes = table.notes.map(({ text }) => text).filter((text) => text.startsWith('No FID in paper'));
      return [at(table, model, 'fid_in_paper')!.value, notes];
    };

    it('stands beside the same networks and protocol', () => {
      expect(inPaper(ffhqManifest, 'SD')).toEqual([10.5, []]);
      expect(inPaper(ffhqManifest, 'LDM')).toEqual([5, []]);
      expect(inPaper(unmeasured('SD'), 'SD')).toEqual([10.5, []]);
    });

    it('does not stand beside another teacher, nor beside its students', () => {
      const [value, notes] = inPaper(changed('LDM', { params: 859_520_964 }), 'SD');
      expect(value).toBeNull();
      expect(notes).toEqual([
        "No FID in paper beside LDM: it has 859.5M parameters, the paper's LDM 274.1M.",
        "No FID in paper beside Lite-LDM, WG, Spatial, Freq, WG + spatial, Spatial + freq, WG + freq, SD: its teacher has 859.5M parameters, the paper's LDM 274.1M.",
      ]);
    });

    it("stands beside no student of Stable Diffusion v1, whose network is not the paper's LDM", () => {
      const guided = { value: 12, card: { ...card, steps: 250, guidanceScale: 1.5 } };
      const coco = (params: number): ResultsManifest => ({
        ...ffhqManifest,
        paper: { dataset: 'coco' },
        models: [
          { ...ffhqManifest.models[0]!, params, fid: guided },
          {
            ...ffhqManifest.models.at(-1)!,
            params: 77_630_884,
            fid: { value: 19, card: { ...card, guidanceScale: 2 } },
          },
        ],
      });
      expect(inPaper(coco(859_520_964), 'SD')[0]).toBeNull();
      expect(inPaper(coco(872_300_484), 'SD')).toEqual([18.87, []]);
      expect(inPaper(coco(872_300_484), 'LDM')).toEqual([12.63, []]);
    });

    it.each<[string, Partial<ModelResult>, string]>([
      ['another student', { params: 5_000_000 }, "it has 5.0M parameters, the paper's SD 21.1M"],
      [
        'another sampler',
        { fid: { value: 9, card: { ...card, steps: 50 } } },
        "it is sampled by DDIM 50, η = 1, the paper's by DDIM 200, η = 1",
      ],
      [
        'a sampler that the paper does not take',
        { fid: { value: 9, card: { ...card, sampler: 'Heun', eta: null } } },
        "it is sampled by Heun 200, the paper's by DDIM 200",
      ],
      [
        'another extractor',
        { fid: { value: 9, card: { ...card, comparableWithPublished: false } } },
        'its FID is not taken as published ones are',
      ],
      ['a control', { variants: ['gates frozen at 0.5'] }, 'it has gates frozen at 0.5'],
    ])('does not stand beside %s', (_, change, why) => {
      expect(inPaper(changed('SD', change), 'SD')).toEqual([null, [`No FID in paper beside SD: ${why}.`]]);
    });
  });

  it('tells what a model has that the paper does not have', () => {
    const { notes } = buildTable(
      changed('SD', { variants: ['gates frozen at 0.5', 'a frequency weight of mean 1'] }),
    );
    expect(notes.map(({ text }) => text)).toContain(
      'SD, unlike the paper: gates frozen at 0.5, a frequency weight of mean 1.',
    );
  });

  it('says which cards are not those of published numbers', () => {
    const warned = (manifest: ResultsManifest): boolean =>
      buildTable(manifest).notes.some(({ text }) => text.includes('as published ones are'));
    expect(warned(ffhqManifest)).toBe(false);
    expect(
      warned(changed('SD', { fid: { value: 3, card: { ...card, comparableWithPublished: false } } })),
    ).toBe(true);
  });

  it.each([
    ['failed', 'failed', 'WG: failed (loss became NaN).'],
    ['not-run', 'not run', 'WG: not run (loss became NaN).'],
  ] as const)('shows a model that is %s', (status, text, note) => {
    const table = buildTable(changed('WG', { status, reason: 'loss became NaN' }));
    expect(at(table, 'WG', 'fid')).toEqual({ text, value: null });
    expect(table.notes.map((one) => one.text)).toContain(note);
  });

  it('shows a missing FID as not measured and never as a number', () => {
    const table = buildTable(unmeasured('WG'));
    expect(at(table, 'WG', 'fid')).toEqual({ text: 'not measured', value: null });
    expect(at(table, 'WG', 'fid_minus_teacher')!.value).toBeNull();
  });

  it('works without a teacher FID', () => {
    const table = buildTable(unmeasured('LDM'));
    expect(at(table, 'SD', 'fid')!.value).toBe(10.5);
    expect(at(table, 'SD', 'fid_minus_teacher')!.value).toBeNull();
  });

  it('adds a column per further metric, and none for what nobody has', () => {
    const keys = (manifest: ResultsManifest): string[] => buildTable(manifest).columns.map(({ key }) => key);
    expect(keys(changed('SD', { metrics: { kid: { value: 0.0123, card } } }))).toContain('kid');
    expect(keys(ffhqManifest)).not.toContain('kid');
    expect(keys(withoutPaper)).not.toContain('fid_in_paper');
    const plain = { ...withoutPaper, models: [withoutPaper.models[2]!] };
    expect(keys(plain)).not.toContain('high_frequency_error');
  });

  it('prints KID with its deviation in one column, and precision and recall with arrows', () => {
    const value = (number: number) => ({ value: number, card });
    const metrics = {
      kid: value(0.0123),
      kidStd: value(0.0004),
      precision: value(0.71),
      recall: value(0.52),
      speckle: value(3),
    };
    const table = buildTable(changed('SD', { metrics }));
    expect(at(table, 'SD', 'kid')).toEqual({ text: '0.0123 ± 4.00e-4', value: 0.0123, mark: 'a' });
    expect(at(table, 'LDM', 'kid')).toEqual({ text: '–', value: null });
    expect(at(table, 'SD', 'kidStd')!.value).toBe(0.0004);
    const printed = table.columns.filter(({ machineOnly }) => machineOnly !== true).map(({ title }) => title);
    expect(printed).toEqual(expect.arrayContaining(['KID ↓', 'Precision ↑', 'Recall ↑', 'speckle']));
    expect(printed.some((title) => /std/i.test(title))).toBe(false);
  });

  it('shows the errors of Table 1 with their definition, the images they are of and what the paper prints', () => {
    const few = { ...card, n: 120, reference: { ...card.reference, count: 1000 } };
    const metrics = { paperLow: { value: 0.5, card: few }, paperHigh: { value: -1.5, card: few } };
    const table = buildTable(changed('SD', { metrics }));
    expect(at(table, 'SD', 'paperLow')).toEqual({ text: '0.500', value: 0.5, mark: 'b' });
    expect(at(table, 'SD', 'paperHigh')!.text).toBe('-1.50');
    expect(at(table, 'LDM', 'paperHigh')).toEqual({ text: '–', value: null }); // evaluated before there were any
    expect(table.columns.map(({ title }) => title)).toEqual(
      expect.arrayContaining(['Low, Table 1 → 0', 'High, Table 1 → 0']),
    );
    const note = table.notes.find(({ text }) => text.includes('footnote 2'))!.text;
    expect(note).toContain('over 300 real and 120 generated images');
    expect(note).toContain('LDM 0.11 and 0.75, Lite-LDM 0.28 and 3.35');
    expect(buildTable(ffhqManifest).notes.some(({ text }) => text.includes('footnote 2'))).toBe(false);
  });

  it('has a row for each floor, whose cards differ without making the models incomparable', () => {
    const real = {
      ...card,
      sampler: 'none: real images',
      steps: 0,
      comparableWithPublished: false,
      reference: { ...card.reference, count: 20_000 },
    };
    const floors = [
      {
        name: 'real images' as const,
        fid: { value: 1.25, card: real },
        metrics: {},
        spectrum: { lowError: 0.01, highError: 0.02, radial: [1] },
      },
      {
        name: 'autoencoder' as const,
        fid: { value: 2.5, card: { ...real, sampler: 'decoded' } },
        metrics: {},
      },
    ];
    const table = buildTable({ ...ffhqManifest, floors });
    expect(table.rows.map(([name]) => name!.value).slice(0, 3)).toEqual([
      'real images',
      'autoencoder',
      'LDM',
    ]);
    expect(at(table, 'real images', 'role')!.value).toBe('floor');
    expect(at(table, 'real images', 'fid')).toMatchObject({ text: '1.25', bold: false });
    expect(at(table, 'real images', 'high_frequency_error')!.value).toBe(0.02);
    expect(table.columns.map(({ key }) => key)).not.toContain('sampler'); // all models have one
    for (const key of ['params', 'macs', 'fid_minus_teacher', 'wavelet_gating'])
      expect(at(table, 'autoencoder', key)).toEqual({ text: '–', value: null });
    const notes = table.notes.map(({ text }) => text).join('\n');
    expect(notes).toContain(
      'Floors: real images: a part of the reference against all the rest of it; autoencoder',
    );
    expect(notes).toContain('sampler: none: real images; samples: 50,000');
    expect(notes).not.toMatch(/must not be compared|as published ones are/);
  });

  it('says what the tests for copies mean, where they were made', () => {
    const metrics = { copyingZ: { value: -3.2, card }, authenticity: { value: 0.21, card } };
    const table = buildTable(changed('SD', { metrics }));
    expect(at(table, 'SD', 'copyingZ')!.text).toBe('-3.20');
    expect(table.columns.map(({ title }) => title)).toEqual(
      expect.arrayContaining(['C_T → 0', 'Authenticity ↑']),
    );
    const says = (manifest: ResultsManifest) =>
      buildTable(manifest).notes.some(({ text }) => text.includes('Meehan'));
    expect([says(changed('SD', { metrics })), says(ffhqManifest)]).toEqual([true, false]);
  });

  it('prints KID alone where its deviation is not known', () => {
    const table = buildTable(changed('SD', { metrics: { kid: { value: 0.0123, card } } }));
    expect(at(table, 'SD', 'kid')!.text).toBe('0.0123');
  });
});
