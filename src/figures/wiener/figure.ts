// Fig. 3: the Wiener filter's curves over noise levels; a linear filter that training brings to it; and how far UNets of
// several widths stay from it, by ring of frequencies.
import { scaledLinearSchedule } from '../../diffusion/schedule.ts';
import type { Figure, FigurePlot } from '../../report/figure.ts';
import { intervalLines } from '../../report/plots/interval-lines.ts';
import { lines, type Point } from '../../report/plots/plots.ts';
import type { ResultsTable } from '../../report/table/table.ts';
import type { LoneFigure, LoneWork } from '../figure-spec.ts';
import { columnsOf, overSeeds, settingRows, valueCell } from '../over-seeds.ts';
import { excessCurves, factors, verdictOf } from './compare-widths.ts';
import { fieldPower, ringMeans } from './fields.ts';
import { captionCurve, halfGainFrequency, printedResponse, textCurve, wienerResponse } from './responses.ts';
import { wienerSettings, wienerSmoke, type WienerSettings } from './settings.ts';
import { studyWiener, type WienerStudy } from './study.ts';

export const wienerFigure: LoneFigure = {
  id: '3',
  shows: 'Wiener responses over noise levels, a trained linear filter beside them, UNets by width',
  needs: 'nothing',
  make: (work) => makeWienerFigure(work.smoke ? wienerSmoke : wienerSettings, work),
};

async function makeWienerFigure(settings: WienerSettings, work: LoneWork): Promise<Figure> {
  return drawWienerFigure(settings, await studyWiener(settings, work));
}

/** A function of the numbers alone. */
function drawWienerFigure(settings: WienerSettings, study: WienerStudy): Figure {
  return {
    id: '3',
    title: 'optimal linear filters, and what networks miss of them',
    about: about(settings, study),
    plots: [...curvePlots(settings), filterPlot(settings, study), ...unetPlots(settings, study)],
    tables: [
      { name: 'settings', table: settingsTable(settings) },
      { name: 'curves', table: curveTable(settings), onlyFile: true },
      { name: 'filters', table: filterTable(study), onlyFile: true },
      { name: 'unets', table: unetTable(study), onlyFile: true },
    ],
  };
}

function about(settings: WienerSettings, study: WienerStudy): string {
  const { filter, unet, seeds } = settings;
  const worst = Math.max(...study.filters.map(({ relativeExcess }) => relativeExcess));
  const converged = worst < filter.bound;
  return [
    `Trained on Gaussian fields of power 1 / f^2, a linear filter ${converged ? 'converges' : 'does NOT converge'} to Eq. 6 with the numerator that the print lacks: over ${filter.alphaBars.length} noise levels and ${seeds.length} seeds its excess error is at most ${(100 * worst).toFixed(2)} % of the optimum's, ${converged ? 'below' : 'not below'} the bound of ${100 * filter.bound} %.`,
    verdictOf(study, unet.widths, settings.size),
  ].join(' ');
}

/** Spread evenly on a logarithmic axis. */
function frequenciesOf({ curves: { frequencies, lowest, highest } }: WienerSettings): number[] {
  return Array.from(
    { length: frequencies },
    (_, i) => lowest * (highest / lowest) ** (i / (frequencies - 1)),
  );
}

function curvePlots(settings: WienerSettings): FigurePlot[] {
  const { alphaBars, lowest, highest } = settings.curves;
  const { alphaBar: overTime } = scaledLinearSchedule(settings.schedule);
  const draw = (name: string, y: string, of: (power: number, alphaBar: number) => number): string =>
    lines(
      {
        name,
        x: { name: 'frequency f', log: true, range: [lowest, highest] },
        y: { name: y, range: [0, 1] },
      },
      alphaBars.map((alphaBar) => ({
        name: `ᾱ ${alphaBar}`,
        points: frequenciesOf(settings).map((f): Point => [f, of(1 / f ** 2, alphaBar)]),
      })),
    )!;
  const bandwidth = lines(
    {
      name: 'bandwidth',
      x: { name: 'timestep t (0: hardly any noise)', range: [0, overTime.length] },
      y: { name: 'frequency of gain 1/2', log: true },
    },
    [
      {
        name: 'bandwidth',
        points: Array.from(overTime, (alphaBar, t): Point => [t, halfGainFrequency(alphaBar)]),
      },
    ],
  )!;
  return [
    {
      name: 'text',
      svg: draw('text', '1 − √(1 − ᾱ) H', (power, alphaBar) =>
        textCurve(wienerResponse({ power, alphaBar }), alphaBar),
      ),
      caption:
        'What the text of section 4.1 speaks of: the filter that restores the signal, for |X0|² = 1/f². From narrow (ᾱ = 0.01) to wide (ᾱ = 0.999), as Fig. 3 says.',
    },
    {
      name: 'caption',
      svg: draw('caption', '1 − (1 − ᾱ) |H|²', (power, alphaBar) =>
        captionCurve(wienerResponse({ power, alphaBar }), alphaBar),
      ),
      caption: 'What the caption of Fig. 3 names: another function of the same filter, with the same order.',
    },
    {
      name: 'bandwidth',
      svg: bandwidth,
      caption:
        'The frequency at which half of x_t is signal, √(ᾱ / (1 − ᾱ)), over the timesteps of latent-diffusion: the bandwidth that grows along the reverse process, right to left.',
    },
  ];
}

/** Trained responses on the curves of both readings of Eq. 6. */
function filterPlot({ size, filter }: WienerSettings, { filters }: WienerStudy): FigurePlot {
  const shown = filter.alphaBars.filter((_, i, all) => i % 2 === 0 || all.length < 4);
  const rings = (of: typeof wienerResponse, alphaBar: number): number[] =>
    ringMeans(
      fieldPower(size).map((power) => of({ power, alphaBar })),
      size,
    );
  const top = Math.max(...shown.flatMap((alphaBar) => rings(printedResponse, alphaBar)));
  const svg = intervalLines(
    {
      name: 'filters',
      x: { name: 'frequency, cycles per image', range: [0, size / 2] },
      y: { name: 'response H', log: true, range: [0.005, 2 * top] },
    },
    shown.flatMap((alphaBar, i) => {
      const color = `var(--series-${i + 2})`;
      const runs = filters.filter((run) => run.alphaBar === alphaBar);
      const points = (values: readonly number[]) => values.map((y, x) => ({ x, y }));
      return [
        {
          name: `ᾱ ${alphaBar}`,
          color,
          points: rings(wienerResponse, alphaBar).map((_, ring) => {
            const { mean, half } = overSeeds(runs.map(({ response }) => response[ring]!));
            return { x: ring, y: mean, half };
          }),
        },
        {
          name: 'Wiener filter',
          color: 'var(--ink)',
          dashed: true,
          points: points(rings(wienerResponse, alphaBar)),
        },
        { name: 'Eq. 6 as printed', dashed: true, points: points(rings(printedResponse, alphaBar)) },
      ];
    }),
  );
  return {
    name: 'filters',
    svg,
    caption:
      'The check: the response of filters that learned to predict the noise (dots, mean over seeds) lies on the Wiener filter (dark dashes), not on the formula as printed (faint dashes).',
  };
}

function unetPlots({ size, unet, seeds }: WienerSettings, study: WienerStudy): FigurePlot[] {
  const { widths } = unet;
  const x = { name: 'frequency, cycles per image', range: [0, size / 2] as const };
  const curves = excessCurves(study, widths);
  const floor = Math.min(...curves.flatMap(({ points }) => points.map(({ y }) => y)));
  const ratio = factors(study, widths);
  return [
    {
      name: 'excess',
      svg: intervalLines(
        { name: 'excess', x, y: { name: 'excess error of the noise', log: true, range: [floor / 2, 1] } },
        [...curves.map(({ width, points }) => ({ name: `${width} channels`, points })), optimumCurve(study)],
      ),
      caption: `E|prediction − Wiener filter's|² by ring, mean over ${unet.timesteps} noise levels, with 95 % intervals over ${seeds.length} seeds. 0 is the best that any network can do; the dashed line is the error of the best itself.`,
    },
    {
      name: 'factor',
      svg: intervalLines(
        { name: 'factor', x, y: { name: `log2 of excess, ${widths[0]!} / ${widths.at(-1)!} channels` } },
        [
          ...ratio.map(({ name, points }) => ({ name, points })),
          {
            name: 'equal',
            dashed: true,
            points: [
              { x: 0, y: 0 },
              { x: size / 2, y: 0 },
            ],
          },
        ],
      ),
      caption: `How much more the narrowest network misses than the widest, paired by seed. The paper's law asks for lines that rise with frequency.`,
    },
  ];
}

function optimumCurve({ unets }: WienerStudy) {
  const [first] = unets;
  const same = unets.filter(({ width, seed }) => width === first?.width && seed === first.seed);
  return {
    name: 'error of the Wiener filter',
    dashed: true,
    points: (first?.optimum ?? []).map((_, ring) => ({
      x: ring,
      y: overSeeds(same.map(({ optimum }) => optimum[ring]!)).mean,
    })),
  };
}

function settingsTable(settings: WienerSettings): ResultsTable {
  return {
    title: 'Settings of Fig. 3',
    columns: columnsOf(
      [
        ['setting', 'Setting'],
        ['value', 'Value'],
      ],
      [],
    ),
    rows: settingRows(settings),
    notes: [
      {
        text: 'Training: AdamW (0.9, 0.999, 1e-8) without weight decay, rate falling linearly to 0; averaged weights are measured. UNet: two resolutions, one residual block each, channels x (1, 2), 2 groups a norm, no attention. Timesteps of training are drawn evenly.',
      },
    ],
  };
}

function curveTable(settings: WienerSettings): ResultsTable {
  return {
    title: 'Eq. 6 over frequency',
    columns: columnsOf(
      [],
      [
        ['alphaBar', 'ᾱ'],
        ['frequency', 'f'],
        ['response', 'H'],
        ['response_printed', 'H as printed'],
        ['text', '1 − √(1 − ᾱ) H'],
        ['caption', '1 − (1 − ᾱ)|H|²'],
        ['text_printed', 'the same of H as printed'],
        ['caption_printed', 'the same of H as printed'],
      ],
    ),
    rows: settings.curves.alphaBars.flatMap((alphaBar) =>
      frequenciesOf(settings).map((f) => {
        const level = { power: 1 / f ** 2, alphaBar };
        const [mended, printed] = [wienerResponse(level), printedResponse(level)];
        return [
          ...[alphaBar, f, mended, printed],
          ...[mended, printed].flatMap((h) => [textCurve(h, alphaBar), captionCurve(h, alphaBar)]),
        ].map(valueCell);
      }),
    ),
    notes: [],
  };
}

function filterTable({ filters }: WienerStudy): ResultsTable {
  return {
    title: 'Trained linear filters',
    columns: columnsOf(
      [],
      [
        ['alphaBar', 'ᾱ'],
        ['seed', 'seed'],
        ['ring', 'ring'],
        ['response', 'H'],
        ['excess', 'excess'],
        ['optimum', 'error of the optimum'],
        ['relative_excess_all', 'excess of all rings / optimum'],
      ],
    ),
    rows: filters.flatMap(({ alphaBar, seed, response, excess, optimum, relativeExcess }) =>
      response.map((h, ring) =>
        [alphaBar, seed, ring, h, excess[ring]!, optimum[ring]!, relativeExcess].map(valueCell),
      ),
    ),
    notes: [],
  };
}

function unetTable({ unets }: WienerStudy): ResultsTable {
  return {
    title: 'UNets',
    columns: columnsOf(
      [],
      [
        ['width', 'channels'],
        ['seed', 'seed'],
        ['t', 't'],
        ['alphaBar', 'ᾱ'],
        ['ring', 'ring'],
        ['excess', 'excess'],
        ['optimum', 'error of the optimum'],
      ],
    ),
    rows: unets.flatMap(({ width, seed, t, alphaBar, excess, optimum }) =>
      excess.map((value, ring) => [width, seed, t, alphaBar, ring, value, optimum[ring]!].map(valueCell)),
    ),
    notes: [],
  };
}
