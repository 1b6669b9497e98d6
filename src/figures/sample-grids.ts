// Fig. 7: samples of all models from the same noise, below real images.
import { openPack, type ImagePack } from '../datasets/pack.ts';
import type { Figure } from '../report/figure.ts';
import { pictureGrid, type PictureRow } from '../report/plots/picture-grid.ts';
import { textCell } from '../report/table/cells.ts';
import type { ResultsTable } from '../report/table/table.ts';
import { sample } from '../stages/kinds/sample/describe.ts';
import { renderGrid } from '../stages/rows/grid.ts';
import type { ExperimentFigure, Measured } from './figure-spec.ts';
import { openRealImages } from './real-images.ts';

export const sampleGrids: ExperimentFigure = {
  id: '7',
  shows: 'samples of all models from the same noise, below real images',
  needs: 'experiment',
  reads: ['dataset', 'sample'],
  make: draw,
};

async function draw(measured: Measured): Promise<Figure> {
  const { config, models, published } = measured;
  const shown = Math.min(config.sample.gridColumns, config.sample.count);
  const rows: PictureRow[] = [
    { label: 'real images', cells: await firstImages(await openRealImages(measured), shown) },
  ];
  for (const model of models)
    rows.push({
      label: model,
      cells: await firstImages(await openPack(published(sample, model).dir), shown),
    });
  return {
    id: '7',
    title: 'samples',
    about:
      'The first samples of each model, drawn with the settings of the experiment. A column starts from one noise in all models, ' +
      'and has one condition where they have any; the real images are the first of those that samples are compared with.',
    plots: [
      {
        name: '',
        svg: pictureGrid({ alt: 'samples by model', columns: [], rows }),
        caption: 'Samples of each model, below real images.',
        wide: true,
        pictures: true,
      },
    ],
    tables: [{ name: '', table: settings(measured) }],
  };
}

/** PNG of each of the first images; closes the pack. */
async function firstImages(pack: ImagePack, count: number): Promise<Uint8Array[]> {
  try {
    const pictures: Uint8Array[] = [];
    for (let i = 0; i < Math.min(count, pack.count); i++)
      pictures.push(await renderGrid(await pack.readBatch([i]), { size: pack.size, columns: 1, gap: 0 }));
    return pictures;
  } finally {
    await pack.close();
  }
}

/** How the samples were drawn. */
function settings({ config, models, published }: Measured): ResultsTable {
  const columns = ['model', 'sampler', 'steps', 'eta', 'guidance', 'weights'] as const;
  return {
    title: `${config.name}: samples`,
    columns: columns.map((key) => ({ key, title: key, align: 'left' })),
    rows: models.map((model) => {
      const { sampler } = published(sample, model).summary;
      const { name, steps, eta, guidanceScale, weights } = sampler;
      return [model, name, steps, eta ?? 'none', guidanceScale ?? 'none', weights].map((value) =>
        textCell(String(value)),
      );
    }),
    notes: [],
  };
}
