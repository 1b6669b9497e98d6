// Tables, files and page of an analysis: what they say, what they leave out, and that they are self-contained.
import { describe, expect, it } from 'vitest';
import { gateTable, lossTable } from '../../../src/report/table/analysis-tables.ts';
import type { Analysis, ByBand, LossPoint } from '../../../src/results/analysis.ts';
import { formatCsv } from '../../../src/report/formats/csv.ts';
import { analysisFiles } from '../../../src/report/write-analysis.ts';

const byBand = (low: number, high: number): ByBand => ({
  loss: { value: low + high, error: 0.01 },
  low: { value: low, error: 0.002 },
  high: { value: high, error: 0.003 },
});
const points = (low: number, high: number, ratio?: ByBand): LossPoint[] =>
  [1, 999, 'all' as const].map((t) => ({ t, ...byBand(low, high), ...(ratio && { ratio }) }));

const analysis: Analysis = {
  schemaVersion: 1,
  experiment: 'small <b>',
  sdxVersion: '0.0.0',
  engine: { name: 'onnx' },
  count: 8,
  timesteps: [1, 999],
  latentShape: [4, 8, 8],
  cutoff: 0.25,
  bands: ['LL', 'LH', 'HL', 'HH'],
  models: [
    { name: 'teacher', key: 'aa', weights: 'ema', losses: points(0.1, 0.4), gates: [] },
    {
      name: 'sd',
      key: 'bb',
      weights: 'ema',
      losses: points(0.3, 0.4, byBand(3, 1)),
      gates: [
        {
          ...{ module: 'input_blocks.2.0', direction: 'down', size: 8 },
          mean: [
            [0.5, 0.25, 0.75, 0.125],
            [0.4, 0.3, 0.2, 0.1],
          ],
          std: [
            [0, 0, 0, 0],
            [0.01, 0.02, 0.03, 0.04],
          ],
        },
      ],
    },
  ],
  copy: points(1, 1, byBand(10, 2.5)),
};
const alone: Analysis = {
  ...analysis,
  models: [{ ...analysis.models[1]!, losses: points(0.3, 0.4) }],
  copy: points(1, 1),
};

describe('an analysis', () => {
  it('sets models beside each other, timestep by timestep', () => {
    const csv = formatCsv(lossTable(analysis)).trim().split('\n');
    expect(csv.map((line) => line.split(',').slice(0, 2).join(' '))).toEqual([
      't model',
      ...['1', '999', 'all'].flatMap((t) => [`${t} teacher`, `${t} sd`, `${t} (input)`]),
    ]);
    expect(csv[1]).toBe('1,teacher,0.5,0.01,0.1,0.002,0.4,0.003,,,,,,');
    expect(csv[2]).toBe('1,sd,0.7,0.01,0.3,0.002,0.4,0.003,4,0.01,3,0.002,1,0.003');
  });

  it('prints values and errors with the same decimals', () => {
    const [, , loss, , low] = lossTable(analysis).rows[1]!;
    expect([loss!.text, low!.text]).toEqual(['0.700 ±0.010', '0.300 ±0.002']);
  });

  it('compares with no teacher that was not analyzed', () => {
    const { columns, notes } = lossTable(alone);
    const printed = columns.filter(({ machineOnly }) => machineOnly !== true).map(({ title }) => title);
    expect(printed).toEqual(['t', 'model', 'loss', 'low', 'high']);
    expect(notes.map(({ text }) => text).join()).not.toContain('Ratios');
    expect(analysisFiles(alone)['analysis.html']).not.toContain("over the teacher's");
  });

  it('lists gates by module and timestep', () => {
    expect(formatCsv(gateTable(analysis))).toBe(
      'model,module,parameters,t,LL,LL_sd,LH,LH_sd,HL,HL_sd,HH,HH_sd\n' +
        'sd,WG-Down 8→4,input_blocks.2.0,1,0.5,0,0.25,0,0.75,0,0.125,0\n' +
        'sd,WG-Down 8→4,input_blocks.2.0,999,0.4,0.01,0.3,0.02,0.2,0.03,0.1,0.04\n',
    );
  });

  it('makes a page that needs nothing from elsewhere, with plots whose ids do not clash', () => {
    const files = analysisFiles(analysis);
    expect(Object.keys(files)).toEqual(['loss.csv', 'gates.csv', 'analysis.json', 'analysis.html']);
    expect(JSON.parse(files['analysis.json']!)).toEqual(analysis);
    const page = files['analysis.html']!;
    expect(analysisFiles(analysis)['analysis.html']).toBe(page);
    expect(page).not.toMatch(/<script|<link|@import|url\((?!#)|src="(?!data:)|small <b>/);
    expect(page.match(/<svg /g)).toHaveLength(6 + 1 + 1); // losses, Fig. 9 (no WG-Up here), one module
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(page).toContain('from analysis.json');
    expect(page).toContain('4.00× teacher');
    expect(page).toContain('most of all in low frequencies (3.00×)');
  });
});
