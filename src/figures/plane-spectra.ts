// Fig. 1: two-dimensional spectra of real images and of every model's samples, and how the samples' differ.
import type { Figure } from '../report/figure.ts';
import { pictureGrid } from '../report/plots/picture-grid.ts';
import { lines, type Point } from '../report/plots/plots.ts';
import type { ExperimentFigure, Measured } from './figure-spec.ts';
import { fourierPlanes } from './fourier-planes.ts';
import { heatMap } from './heat-map.ts';
import { numberTable } from './number-table.ts';

export const planeSpectra: ExperimentFigure = {
  id: '1',
  shows: 'two-dimensional spectra of real images and of all models, and their differences',
  needs: 'experiment',
  reads: ['fourier'],
  measures: ['spectra'],
  make: draw,
};

const realName = 'real images';
/** Colours of a ratio end at this factor, in powers of ten. */
const ratioEnd = 0.5;

async function draw(measured: Measured): Promise<Figure> {
  const { config, models } = measured;
  const planes = await Promise.all(models.map((model) => fourierPlanes(measured, model)));
  const { size, againstMagnitude, againstPower, againstCount, count, rings } = planes[0]!;
  const log = (plane: Float64Array): Float64Array =>
    plane.map((value) => Math.log10(Math.max(value, Number.MIN_VALUE)));
  const real = log(againstMagnitude);
  const range = [Math.min(...real), Math.max(...real)] as const;
  const spectra = [real, ...planes.map(({ magnitude }) => log(magnitude))];
  const ratios = planes.map(({ magnitude }) => log(magnitude).map((value, at) => value - real[at]!));
  const svg = pictureGrid({
    alt: 'two-dimensional spectra',
    columns: [realName, ...models],
    rows: [
      {
        label: 'log |F|',
        cells: await Promise.all(spectra.map((plane) => heatMap(plane, size, { palette: 'rising', range }))),
      },
      {
        label: 'over real',
        cells: await Promise.all(
          [real.map(() => 0), ...ratios].map((plane) =>
            heatMap(plane, size, { palette: 'diverging', range: [-ratioEnd, ratioEnd] }),
          ),
        ),
      },
    ],
  });
  const sets = [
    { name: realName, magnitude: rings(againstMagnitude), power: rings(againstPower) },
    ...planes.map(({ magnitude, power }, i) => ({
      name: models[i]!,
      magnitude: rings(magnitude),
      power: rings(power),
    })),
  ];
  const last = Math.floor(size / 2);
  const x = { name: 'frequency, cycles per image', log: true, range: [1, last] } as const;
  const curve = (values: Float64Array): Point[] =>
    [...values].map((value, ring): Point => [ring, value]).slice(1);
  return {
    id: '1',
    title: 'spectra of real images and samples',
    about:
      `Mean magnitude of the two-dimensional Fourier transform over ${againstCount} real images and ${count} samples of each ` +
      'model, over the colour channels of pixels from 0 to 255. Zero frequency is in the middle. The second row is the ratio to ' +
      `the real images: blue where a model has less, red where it has more, in full colour from a factor of ${(10 ** ratioEnd).toFixed(1)} on.`,
    plots: [
      {
        name: 'planes',
        svg,
        caption: 'Above: log10 of the magnitude, bright is much. Below: over the real images’.',
        wide: true,
        pictures: true,
      },
      {
        name: 'radial',
        svg: lines(
          { name: 'figure-1-radial', x, y: { name: 'mean power', log: true } },
          [...sets.slice(1), sets[0]!].map(({ name, power }) => ({
            name,
            points: curve(power),
            ...(name === realName && { dashed: true }),
          })),
        )!,
        caption: 'Mean power by radius.',
      },
      {
        name: 'ratio',
        svg: lines({ name: 'figure-1-ratio', x, y: { name: 'power / real images’' } }, [
          ...sets.slice(1).map(({ name, power }) => ({
            name,
            points: curve(power.map((value, ring) => value / sets[0]!.power[ring]!)),
          })),
          { name: realName, points: curve(sets[0]!.power.map(() => 1)), dashed: true },
        ])!,
        caption: 'The same over the real images’: below the dashed line, a model lacks that frequency.',
      },
    ],
    tables: [
      {
        name: '',
        table: numberTable(
          `${config.name}: spectra`,
          ['images', 'radius', 'magnitude', 'power', 'power_ratio'],
          sets.flatMap(({ name, magnitude, power }) =>
            [...power].map((value, ring) => [
              name,
              ring,
              magnitude[ring],
              value,
              value / sets[0]!.power[ring]!,
            ]),
          ),
        ),
        onlyFile: true,
      },
    ],
  };
}
