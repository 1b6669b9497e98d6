// The constants against the arithmetic that the paper itself prints beside them.
import { describe, expect, it } from 'vitest';
import { paperAblation, paperFid, paperSpectralErrors, paperTables } from '../../../src/report/paper.ts';
import type { PaperDataset } from '../../../src/results/manifest.ts';

const fid = (dataset: PaperDataset, model: string): number =>
  paperTables[dataset].rows.find((row) => row.model === model)!.fid;

describe('printed differences to LDM', () => {
  it.each([
    ['ffhq', 12.3, 5.5],
    ['celebahq', 9.2, 4.2],
    ['bedroom', 7.9, 2.2],
    ['church', 9.6, 4.4],
    ['imagenet', 16.5, 7.0],
  ] as const)('%s', (dataset, lite, ours) => {
    expect(fid(dataset, 'Lite-LDM') - fid(dataset, 'LDM')).toBeCloseTo(lite, 9);
    expect(fid(dataset, 'SD') - fid(dataset, 'LDM')).toBeCloseTo(ours, 9);
  });

  it('Table 1: low as printed, high as the erratum says', () => {
    const [ldm, lite] = paperSpectralErrors;
    expect(lite.low - ldm.low).toBeCloseTo(0.17, 9);
    expect(lite.high - ldm.high).toBeCloseTo(2.6, 9);
  });
});

describe('paperFid', () => {
  const model = { role: 'student', waveletGating: true, spatial: true, freq: true } as const;

  it('finds teacher, baseline and SD on every data set but the text one', () => {
    expect(paperFid('church', { ...model, role: 'teacher' })).toBe(4.0);
    expect(paperFid('church', model)).toBe(8.4);
    expect(paperFid('church', { ...model, waveletGating: false, spatial: false, freq: false })).toBe(13.6);
    expect(paperFid('coco', { ...model, waveletGating: false, spatial: false, freq: false })).toBeUndefined();
  });

  it('knows single switches on FFHQ only', () => {
    expect(paperFid('ffhq', { ...model, spatial: false })).toBe(11.4);
    expect(paperFid('bedroom', { ...model, spatial: false })).toBeUndefined();
  });

  it('has all eight switch settings, in agreement with Table 2', () => {
    expect(new Set(paperAblation.map((one) => `${one.waveletGating} ${one.spatial} ${one.freq}`)).size).toBe(
      8,
    );
    for (const one of paperAblation) expect(paperFid('ffhq', { role: 'student', ...one })).toBe(one.fid);
  });
});
