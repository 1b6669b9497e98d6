import { describe, expect, it } from 'vitest';
import { renderReport } from '../../../../src/report/pages/html.ts';
import { storyOf } from '../../../../src/report/pages/story.ts';
import { hoverPoints, withoutHover } from '../../../../src/report/plots/hover-points.ts';
import { lines, spectrumRatioPlot } from '../../../../src/report/plots/plots.ts';
import type { Metric, ModelResult } from '../../../../src/results/manifest.ts';
import { ffhqManifest } from '../../../support/manifests/ffhq-manifest.ts';

const teacher = ffhqManifest.models.find(({ role }) => role === 'teacher')!;
const card = teacher.fid!.card;
const fid = (value: number, change: Partial<Metric['card']> = {}): Metric => ({
  value,
  card: { ...card, ...change },
});

function model(name: string, change: Partial<ModelResult>): ModelResult {
  return { ...teacher, name, status: 'done', role: 'student', params: 100, macs: 50, ...change };
}

const off = { waveletGating: false, spatial: false, freq: false };
const models = [
  model('teacher', { ...off, role: 'teacher', params: 400, macs: 500, fid: fid(8) }),
  model('lite', { ...off, fid: fid(12) }),
  model('sd', { waveletGating: true, spatial: true, freq: true, fid: fid(10.25) }),
];

describe('storyOf', () => {
  it('sets the last student beside the plain one and the teacher, with the saving and the certainty', () => {
    expect(storyOf({ models })).toBe(
      'sd has a FID of 10.25: 1.75 below lite (12.00), 2.25 above the teacher (8.00). It has 4.0× fewer parameters than the ' +
        'teacher, and 10.0× fewer multiply-adds in a step. One seed: it cannot say whether a difference is more than chance; a sweep over seeds can.',
    );
  });

  it('compares nothing that was taken differently, and ranks nothing of few samples', () => {
    const few = models.map((one) => ({
      ...one,
      fid: fid(one.fid!.value, { n: one.name === 'lite' ? 200 : 100 }),
    }));
    expect(storyOf({ models: few })).toMatch(
      /^sd has a FID of 10\.25: 2\.25 above the teacher \(8\.00\)\. .* too few samples to call one model better than another\.$/,
    );
  });

  it('says nothing before a student is scored', () => {
    expect(storyOf({ models: models.slice(0, 1) })).toBeUndefined();
    expect(storyOf({ models: [models[0]!, model('sd', { status: 'failed' })] })).toBeUndefined();
  });
});

it('the report tells whose numbers its tiles are', () => {
  const html = renderReport({ ...ffhqManifest, models }, {});
  for (const what of ['FID', 'Parameters', 'MACs per step']) expect(html).toContain(`<dt>${what} of sd</dt>`);
  expect(html).toContain('<p class="story">sd has a FID');
});

it('spectra are shown as shares of the power of the data', () => {
  const spectrum = { lowError: 0, highError: 0, radial: [9, 4, 1] };
  const dataset = { ...ffhqManifest.dataset, radial: [9, 8, 4] };
  const svg = spectrumRatioPlot({ ...ffhqManifest, dataset, models: [{ ...models[2]!, spectrum }] });
  expect(svg).toContain("<title>sd: power / data's 0.5 at frequency, cycles per image 1</title>");
  expect(svg).toContain("<title>sd: power / data's 0.25 at frequency, cycles per image 2</title>");
  expect(svg).toContain("<title>data: power / data's 1 at");
  expect(spectrumRatioPlot({ ...ffhqManifest, dataset, models: [], floors: [] })).toBeUndefined();
});

it('points tell their values, in a page and not in a file', () => {
  const text = { x: String, y: String };
  const many = Array.from({ length: 200 }, (_, i): [number, number] => [i, 1]);
  const drawn = hoverPoints([{ name: '<a>', data: many }], ([x]) => [x, 0], text);
  expect(drawn.match(/<circle/g)).toHaveLength(50);
  expect(drawn).toContain('<title>&lt;a&gt;: 1 at 199</title>');
  expect(hoverPoints([{ data: [[0, 1], '-'] }, { data: [[0, 1]], silent: true }], () => [0, 0], text)).toBe(
    '',
  );
  const svg = lines({ name: 'p', x: { name: 'x' }, y: { name: 'y' } }, [
    {
      name: 'a',
      points: [
        [0, 1],
        [1, 2],
      ],
    },
  ])!;
  expect(svg).toMatch(/<g class="hover".*<\/g><\/svg>$/s);
  expect(withoutHover(svg)).not.toContain('<circle');
});
