// Files and page of figures: what they are called, that files stand alone, and that what is timed is in none of them.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { figureFile, figureLabel, type Figure } from '../../../src/report/figure.ts';
import { pictureGrid } from '../../../src/report/plots/picture-grid.ts';
import { lines } from '../../../src/report/plots/plots.ts';
import { standaloneSvg } from '../../../src/report/plots/standalone-svg.ts';
import { costTimePlot } from '../../../src/report/plots/throughput-plot.ts';
import { figuresFiles, writeFigures } from '../../../src/report/write-figures.ts';

const band = lines({ name: 'a', x: { name: 'x' }, y: { name: 'y' } }, [
  {
    name: 'mean',
    points: [
      [0, 1],
      [1, 2],
    ],
    spread: [
      [0.5, 1.5],
      [1, 3],
    ],
  },
])!;
const table = {
  title: 't',
  columns: [{ key: 'a', title: 'a', align: 'right' as const }],
  rows: [[{ text: '1.0', value: 1 }]],
  notes: [],
};
const speed = { model: 'teacher', role: 'teacher', macs: 1e6, batch: 64, mean: 123.456 } as const;
const figure: Figure = {
  id: '6',
  title: 'cost <b>',
  about: 'about',
  plots: [{ name: 'band', svg: band, caption: 'caption' }],
  tables: [{ name: '', table }],
  timed: {
    svg: costTimePlot([speed, { ...speed, model: 'sd', role: 'student', macs: 1e5, mean: 400 }]),
    table: { ...table, rows: [[{ text: '123.456', value: 123.456 }]] },
    caption: 'timed',
  },
};
const set = {
  experiment: 'small',
  sdxVersion: '0.0.0',
  provenance: [],
  figures: [figure],
  missing: [{ id: '9', why: 'no gates' }],
} as const;

describe('figures', () => {
  it('are named after the paper', () => {
    expect(figureLabel('10')).toBe('Fig. 10');
    expect(figureLabel('table-1')).toBe('Table 1');
    expect(figureFile('table-1', '', 'csv')).toBe('table-1.csv');
    expect(figureFile('9', 'sd-up', 'svg')).toBe('figure-9-sd-up.svg');
  });

  it('stand alone: no colour of the page, a size, a ground', () => {
    for (const svg of [
      band,
      pictureGrid({ alt: 'a & b', columns: ['c'], rows: [{ label: 'r', cells: [] }] }),
    ]) {
      const alone = standaloneSvg(svg);
      expect(alone).not.toContain('var(');
      expect(alone).not.toContain('inherit');
      expect(alone).toMatch(
        /^<svg width="\d+" height="\d+" [^>]*><rect width="100%" height="100%" fill="#ffffff"\/>/,
      );
    }
  });

  it('shade bands without a name in the legend', () => {
    const twice = lines({ name: 'a', x: { name: 'x' }, y: { name: 'y' } }, [
      { name: 'one', points: [[0, 1]], spread: [[0, 2]] },
      { name: 'two', points: [[0, 1]] },
    ])!;
    expect(twice).toContain('>one<');
    expect(twice).not.toContain('>one from<');
    expect(band).toMatch(/fill-opacity="0\.16"/);
  });

  it('put what is timed into files of its own, and the page says where', async () => {
    const files = figuresFiles(set);
    expect(Object.keys(files).sort()).toEqual(['figure-6-band.svg', 'figure-6.csv', 'figures.html']);
    expect(JSON.stringify(files)).not.toContain('123.456');
    const page = files['figures.html']!;
    expect(page).toContain('Fig. 6: cost &lt;b&gt;');
    expect(page).toContain('<object data="timed/figure-6.svg"');
    expect(page).toContain('no gates');
    expect(figuresFiles(set)).toEqual(files);

    const folder = await mkdtemp(path.join(tmpdir(), 'sdx-figures-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    expect(await writeFigures(folder, set)).toEqual([
      'figure-6-band.svg',
      'figure-6.csv',
      'figures.html',
      'timed/figure-6.csv',
      'timed/figure-6.svg',
    ]);
    expect(await readFile(path.join(folder, 'timed/figure-6.csv'), 'utf8')).toContain('123.456');
  });
});
