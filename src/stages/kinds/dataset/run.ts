// Opens, checks and packs the real images.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { digestCacheName } from '../../../datasets/digest/digest-cache.ts';
import { openDataset } from '../../../datasets/open-dataset.ts';
import { openPack, packDataset } from '../../../datasets/pack.ts';
import { renderGrid } from '../../rows/grid.ts';
import { printable } from '../../../printable.ts';
import { stageOf } from '../../stage.ts';
import { dataset as description } from './describe.ts';

const grid = { columns: 8, rows: 4 };

export const datasetStage = stageOf(description, {
  async run({ params, outputDir, cacheDir, emit, signal }) {
    const progress = (unit: string) => (done: number, total: number) => {
      emit({ type: 'progress', done, total, unit });
    };
    const dataset = await openDataset(params.dataset, {
      signal,
      digestCacheFile: path.join(cacheDir, digestCacheName),
      onProgress: progress('files'),
    });
    for (const { file, reason } of dataset.corrupt)
      emit({ type: 'warning', message: `left out ${printable(file)}: ${printable(reason)}` });
    const index = await packDataset(dataset, outputDir, { signal, onProgress: progress('images') });
    const pack = await openPack(outputDir, 'train');
    try {
      const shown = Math.min(grid.columns * grid.rows, pack.count);
      // Spread over the set: sources are sorted, and the first images look alike.
      const indices = Array.from({ length: shown }, (_, i) => Math.floor((i * pack.count) / shown));
      const png = await renderGrid(await pack.readBatch(indices), {
        size: pack.size,
        columns: grid.columns,
      });
      await writeFile(path.join(outputDir, 'grid.png'), png);
    } finally {
      await pack.close();
    }
    const { kind, size } = params.dataset;
    const summary = {
      kind,
      count: index.count,
      size,
      digest: index.digest,
      preprocessing: `centre crop, ${params.dataset.filter} to ${size}×${size} (Pillow)`,
      corrupt: index.corrupt,
      ...(index.parts && { parts: index.parts, copies: index.copies?.length ?? 0 }),
      ...(index.classNames && { classes: index.classNames.length }),
      ...(dataset.credits && { credits: dataset.credits }),
      grid: 'grid.png',
    };
    return { summary };
  },
});
