// Table 1: errors of the samples' spectra in low and high frequencies, by the paper's measure and by ours.
import type { Figure } from '../report/figure.ts';
import { paperSpectralErrors } from '../report/paper.ts';
import { formatParams, formatSignificant } from '../report/table/number-format.ts';
import { textCell } from '../report/table/cells.ts';
import type { Cell, Column } from '../report/table/table.ts';
import { distill } from '../stages/kinds/distill/describe.ts';
import { fourier } from '../stages/kinds/fourier/describe.ts';
import { teacher } from '../stages/kinds/teacher/describe.ts';
import type { ExperimentFigure, Measured } from './figure-spec.ts';

export const spectralErrors: ExperimentFigure = {
  id: 'table-1',
  shows: "errors in low and high frequencies, by the paper's measure and by ours",
  needs: 'experiment',
  reads: ['fourier', 'teacher', 'distill'],
  measures: ['spectra'],
  make: (measured) => Promise.resolve(draw(measured)),
};

const errorColumns = [
  ['paper_low', 'Low-freq error, as the paper'],
  ['paper_high', 'High-freq error, as the paper'],
  ['radial_low', 'Low-freq error, by radius'],
  ['radial_high', 'High-freq error, by radius'],
] as const;

function draw(measured: Measured): Figure {
  const { config, models, published } = measured;
  const measure = models.map((model) => published(fourier, model).summary);
  const { count, againstCount } = measure[0]!;
  const columns: Column[] = [
    { key: 'model', title: 'Model', align: 'left' },
    { key: 'params', title: '#Param', align: 'right' },
    ...errorColumns.map(([key, title]): Column => ({ key, title, align: 'right' })),
  ];
  const number = (value: number): Cell => ({
    text: formatSignificant(value),
    value: Number(value.toPrecision(6)),
  });
  const rows = models.map((model, i): Cell[] => {
    const { params } = published(model === 'teacher' ? teacher : distill, model).summary;
    const { paper, radial } = measure[i]!.errors!;
    return [
      textCell(model),
      { text: formatParams(params), value: params },
      ...[paper.low, paper.high, radial.low, radial.high].map(number),
    ];
  });
  const printed = paperSpectralErrors.map(
    ({ model, params, low, high }) => `${model} (${params}) ${low} and ${high}`,
  );
  return {
    id: 'table-1',
    title: 'errors in low and high frequencies',
    about:
      `The paper's errors are the mean over the frequencies of a band of E|F_real| − E|F_generated|, of ${againstCount} real images ` +
      `and ${count} samples, divided at 28 of 256 cycles per pixel: above 0, a model has less of the band than real images. Ours is ` +
      'the mean over rings of |log10(power / real power)|, divided at 0.25 cycles per pixel.',
    plots: [],
    tables: [
      {
        name: '',
        table: {
          title: `${config.name}: spectral errors`,
          columns,
          rows,
          notes: [
            {
              text: `The paper prints, on FFHQ at 256 pixels: ${printed.join('; ')}. It does not say the scale of pixels and transform; ours are 0 to 255 and orthonormal, so the sizes of the numbers do not compare, but their order does.`,
            },
          ],
        },
      },
    ],
  };
}
