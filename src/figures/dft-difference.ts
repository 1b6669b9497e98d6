// Fig. 10: how the Fourier transforms of two models' samples from the same noise differ: of every student and the teacher, and
// of students that differ in nothing but the frequency loss.
import { openPack } from '../datasets/pack.ts';
import { PlaneMeansAccumulator } from '../metrics/plane-means.ts';
import { comparedPairs, type ModelPair } from '../plan/model-pairs.ts';
import { pairName } from '../plan/probes.ts';
import type { Figure } from '../report/figure.ts';
import { pictureGrid, type PictureRow } from '../report/plots/picture-grid.ts';
import { lines, type Point } from '../report/plots/plots.ts';
import { sample } from '../stages/kinds/sample/describe.ts';
import { renderGrid } from '../stages/rows/grid.ts';
import { toPlanes } from '../stages/rows/pixels.ts';
import type { ExperimentFigure, Measured } from './figure-spec.ts';
import { fourierPlanes, type FourierPlanes } from './fourier-planes.ts';
import { heatMap } from './heat-map.ts';
import { numberTable } from './number-table.ts';

export const dftDifference: ExperimentFigure = {
  id: '10',
  shows: 'spectra of the differences between teacher and students, and with and without the frequency loss',
  needs: 'experiment',
  reads: ['sample', 'fourier'],
  measures: ['differences'],
  lacks: ({ config, models }) =>
    comparedPairs(config, models).length === 0
      ? 'it needs two models from the same noise: the teacher and a student'
      : undefined,
  make: draw,
};

async function draw(measured: Measured): Promise<Figure> {
  const { config, models } = measured;
  const pairs = comparedPairs(config, models);
  const planes = await Promise.all(pairs.map((pair) => fourierPlanes(measured, pairName(pair))));
  const { count, size } = planes[0]!;
  const title = ([a, b]: ModelPair): string => `${a} − ${b}`;
  const last = Math.floor(size / 2);
  const x = { name: 'frequency, cycles per image', log: true, range: [1, last] } as const;
  const curve = (values: Float64Array): Point[] =>
    [...values].map((value, ring): Point => [ring, value]).slice(1);
  const relative = ({ rings, difference, againstMagnitude }: FourierPlanes): Float64Array => {
    const below = rings(againstMagnitude);
    return rings(difference!).map((value, ring) => value / below[ring]!);
  };
  const surplus = ({ rings, magnitude, againstMagnitude }: FourierPlanes): Float64Array => {
    const below = rings(againstMagnitude);
    return rings(magnitude).map((value, ring) => value / below[ring]! - 1);
  };
  const series = (of: (one: FourierPlanes) => Float64Array) =>
    pairs.map((pair, i) => ({ name: title(pair), points: curve(of(planes[i]!)) }));
  return {
    id: '10',
    title: 'differences of Fourier transforms',
    about:
      `Samples of two models from the same noise, image by image: |F_a − F_b| is the magnitude of the transform of their ` +
      `difference, its mean over ${count} pairs drawn by frequency. It says where two models paint something else, not which is ` +
      'better; the second plot says which has more of a frequency.' +
      (pairs.some(([, b]) => b !== 'teacher')
        ? ''
        : ' No two students here differ in the frequency loss alone, as the paper’s do.'),
    plots: [
      {
        name: 'pictures',
        svg: await pictures(measured, pairs),
        caption:
          'First samples of each model and, between two of them, |F_a − F_b|: log10, one scale for all.',
        wide: true,
        pictures: true,
      },
      {
        name: 'difference',
        svg: lines(
          { name: 'figure-10-difference', x, y: { name: '|F_a − F_b| / |F_b|' } },
          series(relative),
        )!,
        caption: 'Mean magnitude of the difference, over the mean magnitude of the second model.',
      },
      {
        name: 'surplus',
        svg: lines({ name: 'figure-10-surplus', x, y: { name: '|F_a| / |F_b| − 1' } }, series(surplus))!,
        caption: 'What the first model has more (above 0) or less of than the second.',
      },
    ],
    tables: [
      {
        name: '',
        table: numberTable(
          `${config.name}: differences of Fourier transforms`,
          ['a', 'b', 'radius', 'difference', 'magnitude_a', 'magnitude_b'],
          pairs.flatMap(([a, b], i) => {
            const { rings, difference, magnitude, againstMagnitude } = planes[i]!;
            const [ownRings, otherRings] = [rings(magnitude), rings(againstMagnitude)];
            return [...rings(difference!)].map((value, ring) => [
              a,
              b,
              ring,
              value,
              ownRings[ring],
              otherRings[ring],
            ]);
          }),
        ),
        onlyFile: true,
      },
    ],
  };
}

/** Samples, and below each pair the magnitudes of the transforms of their differences. */
async function pictures({ config, published }: Measured, pairs: readonly ModelPair[]): Promise<string> {
  const shown = Math.min(config.sample.gridColumns, config.sample.count);
  const indices = Array.from({ length: shown }, (_, i) => i);
  const images = new Map<string, Uint8Array>();
  let size = 0;
  for (const model of new Set(pairs.flat())) {
    const pack = await openPack(published(sample, model).dir);
    size = pack.size;
    images.set(model, await pack.readBatch(indices));
    await pack.close();
  }
  const area = size * size * 3;
  const imageOf = (model: string, i: number): Uint8Array =>
    images.get(model)!.subarray(i * area, (i + 1) * area);
  const samplesOf = async (model: string): Promise<PictureRow> => ({
    label: model,
    cells: await Promise.all(indices.map((i) => renderGrid(imageOf(model, i), { size, columns: 1, gap: 0 }))),
  });
  const differences = pairs.map(([a, b]) =>
    indices.map((i) => {
      const [own, other] = [toPlanes(imageOf(a, i), size), toPlanes(imageOf(b, i), size)];
      const accumulator = new PlaneMeansAccumulator(size);
      accumulator.add(own.map((value, at) => value - other[at]!));
      return accumulator.finish().magnitude.map((value) => Math.log10(Math.max(1, value)));
    }),
  );
  const range = [0, Math.max(...differences.flat().map((plane) => Math.max(...plane)))] as const;
  const rows: PictureRow[] = [];
  let above: string | undefined;
  for (const [i, [a, b]] of pairs.entries()) {
    if (above !== b) rows.push(await samplesOf(b));
    rows.push(await samplesOf(a), {
      label: `${a} − ${b}`,
      cells: await Promise.all(
        differences[i]!.map((plane) => heatMap(plane, size, { palette: 'rising', range })),
      ),
    });
    above = b;
  }
  return pictureGrid({ alt: 'samples and the spectra of their differences', columns: [], rows });
}
