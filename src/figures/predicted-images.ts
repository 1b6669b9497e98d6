// Fig. 2: the images that a model predicts on its way, x0 as the predicted noise stands for it, and their spectra.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Figure } from '../report/figure.ts';
import { pictureGrid, type PictureRow } from '../report/plots/picture-grid.ts';
import { lines, type Point } from '../report/plots/plots.ts';
import { trajectory, type TrajectorySummary } from '../stages/kinds/trajectory/describe.ts';
import { renderGrid } from '../stages/rows/grid.ts';
import type { ExperimentFigure, Measured } from './figure-spec.ts';
import { numberTable } from './number-table.ts';

export const predictedImages: ExperimentFigure = {
  id: '2',
  shows: 'the predicted image and its spectrum over the steps of sampling',
  needs: 'experiment',
  reads: ['trajectory'],
  measures: ['sampling'],
  make: draw,
};

/** Samples of each model whose pictures are shown. */
const rowsOfModel = 1;

async function draw(measured: Measured): Promise<Figure> {
  const { config, models, published } = measured;
  const runs = models.map((model) => ({ model, ...published(trajectory, model) }));
  const { count } = runs[0]!.summary;
  const rows: PictureRow[] = [];
  for (const { model, dir, summary } of runs)
    for (let sample = 0; sample < Math.min(rowsOfModel, summary.shown); sample++)
      rows.push({ label: sample === 0 ? model : '', cells: await picturesOf(dir, summary, sample) });
  const first = runs[0]!.summary;
  return {
    id: '2',
    title: 'predicted images over sampling',
    about:
      `At each step, the image that the predicted noise stands for, (x_t − √(1 − ᾱ) ε) / √ᾱ, decoded; the last column is the sample. ` +
      `Spectra are means over ${count} samples. Where low frequencies are nearer to 1 than high ones at large t, structure comes ` +
      'before details, as the paper says.',
    plots: [
      {
        name: 'pictures',
        svg: pictureGrid({
          alt: 'predicted images over sampling',
          columns: [...first.frames.map((frame) => `t = ${first.timesteps[frame]!}`), 'sample'],
          rows,
        }),
        caption: 'The predicted image at some steps, from the noisiest on.',
        wide: true,
        pictures: true,
      },
      ...runs.map(({ model, summary }) => ({
        name: model,
        svg: growthPlot(model, summary),
        caption: `${model}: power of the predicted image over that of the sample, by octave of frequency (cycles per image).`,
      })),
    ],
    tables: [
      {
        name: '',
        table: numberTable(
          `${config.name}: spectra of predicted images`,
          ['model', 't', 'radius', 'power', 'over_sample'],
          runs.flatMap(({ model, summary }) =>
            framesOf(summary).flatMap(({ t, radial }) =>
              radial.map((power, ring) => [model, t, ring, power, power / summary.radial.at(-1)![ring]!]),
            ),
          ),
        ),
        onlyFile: true,
      },
    ],
  };
}

/** The frames, and the sample as `0`, which has no noise left. */
function framesOf({ timesteps, frames, radial }: TrajectorySummary) {
  const times = [...frames.map((frame) => timesteps[frame]!), 0];
  return times.map((t, i) => ({ t, radial: radial[i]! }));
}

/** Ranges of radii [from, to): 1, 2 to 3, 4 to 7, ... up to `last`. */
export function octaves(last: number): { readonly from: number; readonly to: number }[] {
  const ranges: { from: number; to: number }[] = [];
  for (let from = 1; from <= last; from *= 2) ranges.push({ from, to: Math.min(2 * from, last + 1) });
  return ranges;
}

/** How far each octave of the predicted image has come, at every frame. */
function growthPlot(model: string, summary: TrajectorySummary): string {
  const frames = framesOf(summary).slice(0, -1);
  const sampled = summary.radial.at(-1)!;
  const sum = (radial: readonly number[], from: number, to: number): number =>
    radial.slice(from, to).reduce((total, power) => total + power, 0);
  return lines(
    {
      name: `figure-2-${model}`,
      x: {
        name: 'timestep t (sampling goes from right to left)',
        range: [0, Math.ceil(summary.timesteps[0]! / 100) * 100],
      },
      y: { name: 'power / sample’s' },
    },
    [
      ...octaves(sampled.length - 1).map(({ from, to }) => ({
        name: to - from === 1 ? `${from}` : `${from}–${to - 1}`,
        points: frames.map(({ t, radial }): Point => [t, sum(radial, from, to) / sum(sampled, from, to)]),
      })),
      { name: 'sample', points: frames.map(({ t }): Point => [t, 1]), dashed: true },
    ],
  )!;
}

/** PNG of each frame of one sample, the sample itself last. */
async function picturesOf(dir: string, summary: TrajectorySummary, sample: number): Promise<Uint8Array[]> {
  const { size, frames, pictures } = summary;
  const bytes = await readFile(path.join(dir, pictures));
  const [area, across] = [size * size * 3, frames.length + 1];
  return Promise.all(
    Array.from({ length: across }, (_, i) => {
      const start = (sample * across + i) * area;
      return renderGrid(bytes.subarray(start, start + area), { size, columns: 1, gap: 0 });
    }),
  );
}
