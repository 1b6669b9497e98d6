// Fig. 8: what models paint for captions that the user gives.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Figure } from '../report/figure.ts';
import { pictureGrid, type PictureRow } from '../report/plots/picture-grid.ts';
import { promptedName } from '../plan/probes.ts';
import { trajectory } from '../stages/kinds/trajectory/describe.ts';
import { renderGrid } from '../stages/rows/grid.ts';
import type { ExperimentFigure, Measured } from './figure-spec.ts';
import { numberTable } from './number-table.ts';

export const promptGrids: ExperimentFigure = {
  id: '8',
  shows: 'samples of text models for captions of your own (figures.prompts)',
  needs: 'experiment',
  reads: ['trajectory'],
  measures: ['prompts'],
  lacks: ({ config }) =>
    config.conditioning.kind !== 'text'
      ? 'its models are not told captions'
      : config.figures.prompts.length === 0
        ? "no captions are given: figures.prompts='[a red heart, a green leaf]'"
        : undefined,
  make: draw,
};

async function draw(measured: Measured): Promise<Figure> {
  const { config, models, published } = measured;
  const prompts = config.figures.prompts;
  const rows: PictureRow[] = [];
  for (const model of models) {
    const { dir, summary } = published(trajectory, promptedName(model));
    const bytes = await readFile(path.join(dir, summary.pictures));
    const [area, across] = [summary.size ** 2 * 3, summary.frames.length + 1];
    const cells = prompts.map((_, i) => {
      const start = (i * across + across - 1) * area;
      return renderGrid(bytes.subarray(start, start + area), { size: summary.size, columns: 1, gap: 0 });
    });
    rows.push({ label: model, cells: await Promise.all(cells) });
  }
  return {
    id: '8',
    title: 'samples for captions',
    about:
      'One sample of each model for each caption, in the order of the table. A column starts from one noise in all models.',
    plots: [
      {
        name: '',
        svg: pictureGrid({
          alt: 'samples by caption and model',
          columns: prompts.map((_, i) => String(i + 1)),
          rows,
        }),
        caption: 'Captions from left to right.',
        wide: true,
        pictures: true,
      },
    ],
    tables: [
      {
        name: '',
        table: numberTable(
          `${config.name}: captions`,
          ['column', 'caption'],
          prompts.map((prompt, i) => [i + 1, prompt]),
        ),
      },
    ],
  };
}
