// Fig. 4: the paper's one-dimensional toy, Example 1, with a control and with sums of sines.
import type { Figure, FigurePlot } from '../../report/figure.ts';
import { intervalLines, type IntervalPoint } from '../../report/plots/interval-lines.ts';
import { signalSheet } from '../../report/plots/signal-sheet.ts';
import { textCell } from '../../report/table/cells.ts';
import type { ResultsTable } from '../../report/table/table.ts';
import type { LoneFigure, LoneWork } from '../figure-spec.ts';
import {
  columnsOf,
  overSeeds,
  overSeedsCell,
  settingRows,
  sideOf,
  spoken,
  valueCell,
} from '../over-seeds.ts';
import { contrast, excessOf, runsOf, shareOf, strayOf, worseAt } from './compare-denoisers.ts';
import { toySettings, toySignals, toySmoke, type SetName, type ToySettings } from './settings.ts';
import { studyToy, type Denoiser, type ToyRun } from './study.ts';

export const toyFigure: LoneFigure = {
  id: '4',
  shows: 'the one-dimensional toy: a small and a large network by frequency',
  needs: 'nothing',
  make: (work) => makeToyFigure(work.smoke ? toySmoke : toySettings, work),
};

async function makeToyFigure(settings: ToySettings, work: LoneWork): Promise<Figure> {
  return drawToyFigure(settings, await studyToy(settings, work));
}

/** A function of the numbers alone. */
function drawToyFigure(settings: ToySettings, runs: readonly ToyRun[]): Figure {
  return {
    id: '4',
    title: 'small and large networks on one-dimensional signals',
    about: about(settings, runs),
    plots: [
      ...(['paper', 'swapped'] as const).map((set) => magnitudePlot(settings, runs, set)),
      ...(['paper', 'swapped', 'sums'] as const).map((set) => excessPlot(settings, runs, set)),
      timePlot(settings, runs),
      sheetPlot(settings, runs),
    ],
    tables: [
      { name: 'summary', table: summaryTable(settings, runs) },
      { name: 'settings', table: settingsTable(settings) },
      { name: 'excess', table: excessTable(runs), onlyFile: true },
      { name: 'drawn', table: drawnTable(runs), onlyFile: true },
    ],
  };
}

function about(settings: ToySettings, runs: readonly ToyRun[]): string {
  const [small, large] = settings.hidden;
  const rare = (set: SetName, frequency: number): string => {
    const found = shareOf(runs, set, small, frequency);
    const floor = shareOf(runs, set, 'best', frequency);
    return `${spoken(found)} of the small one's signals have frequency ${frequency}, of the best denoiser's ${spoken(floor)}`;
  };
  const tilt = (set: SetName): string => {
    const found = contrast(runs, set, settings.hidden);
    const words = {
      1: 'it grows, as the paper says',
      0: 'no change is shown',
      '-1': 'it falls, against the paper',
    } as const;
    return `${spoken(found)} in log2 (${words[sideOf(found)]})`;
  };
  const { worse, of } = worseAt(runs, 'paper', settings.hidden);
  return [
    `Example 1: ${small} hidden units miss more of the best prediction than ${large} at ${worse} of ${of} frequencies, of which the data have two; ${rare('paper', 5)}, and with the probabilities exchanged ${rare('swapped', 3)}.`,
    `The factor between the two networks changes from frequency 3 to 5 by ${tilt('paper')} where 5 is rare, and by ${tilt('swapped')} where 3 is; on sums of sines, from the lower to the upper half of the frequencies, by ${tilt('sums')}.`,
  ].join(' ');
}

function denoiserName(denoiser: Denoiser): string {
  return typeof denoiser === 'number'
    ? `M = ${denoiser}`
    : { best: 'optimal denoiser', zero: 'zero predictor' }[denoiser];
}

/** Frequencies that plots show: those that occur, and as many above. */
function shownFrequencies({ length }: ToySettings): number {
  return Math.min(12, length / 2);
}

/** Values by frequency over seeds, as points with intervals. */
function pointsOf(bySeed: readonly (readonly number[])[], settings: ToySettings): IntervalPoint[] {
  return Array.from({ length: shownFrequencies(settings) + 1 }, (_, f) => {
    const { mean, half } = overSeeds(bySeed.map((values) => values[f]!));
    return { x: f, y: mean, half };
  });
}

function magnitudePlot(settings: ToySettings, runs: readonly ToyRun[], set: SetName): FigurePlot {
  const signals = toySignals(settings)[set];
  const real = Array.from({ length: shownFrequencies(settings) + 1 }, (_, f) => ({
    x: f,
    y: signals.expected[signals.frequencies.indexOf(f)] ?? 0,
  }));
  return {
    name: `magnitude-${set}`,
    svg: intervalLines(
      {
        name: `magnitude-${set}`,
        x: { name: 'frequency', range: [0, shownFrequencies(settings)] },
        y: { name: 'mean |DFT| of drawn signals', log: true, range: [0.001, 10] },
      },
      [
        ...[...settings.hidden, 'best' as const].map((denoiser) => ({
          name: denoiserName(denoiser),
          points: pointsOf(
            runsOf(runs, set, denoiser).flatMap(({ drawn }) => (drawn ? [drawn.magnitudes] : [])),
            settings,
          ),
        })),
        { name: 'data', dashed: true, points: real },
      ],
    ),
    caption: `${setTitle(set)}: mean magnitude by frequency of ${settings.samples} drawn signals, 95 % intervals over ${settings.seeds.length} seeds. The data have two frequencies and nothing else.`,
  };
}

function setTitle(set: SetName): string {
  return { paper: 'Example 1', swapped: 'Probabilities exchanged', sums: 'Sums of sines' }[set];
}

function excessPlot(settings: ToySettings, runs: readonly ToyRun[], set: SetName): FigurePlot {
  return {
    name: `excess-${set}`,
    svg: intervalLines(
      {
        name: `excess-${set}`,
        x: { name: 'frequency', range: [0, shownFrequencies(settings)] },
        y: { name: 'excess error of the noise', log: true, range: [0.01, 2] },
      },
      [
        ...settings.hidden.map((denoiser) => ({
          name: denoiserName(denoiser),
          points: pointsOf(
            runsOf(runs, set, denoiser).map((run) => excessOf(run)),
            settings,
          ),
        })),
        {
          name: denoiserName('zero'),
          dashed: true,
          points: pointsOf(
            runsOf(runs, set, 'zero').map((run) => excessOf(run)),
            settings,
          ).map(({ x, y }) => ({ x, y })),
        },
      ],
    ),
    caption: `${setTitle(set)}: E|prediction − best prediction|² by frequency, mean over ${settings.timesteps} noise levels; 0 is the optimal denoiser, white noise has 1.`,
  };
}

function timePlot(settings: ToySettings, runs: readonly ToyRun[]): FigurePlot {
  const steps = settings.training.steps;
  return {
    name: 'training',
    svg: intervalLines(
      {
        name: 'training',
        x: { name: 'training step', range: [0, steps] },
        y: { name: 'excess error of the noise', log: true, range: [0.01, 2] },
      },
      settings.hidden.flatMap((denoiser) =>
        [3, 5].map((frequency) => ({
          name: `M = ${denoiser}, f = ${frequency}`,
          points: settings.at.map((step) => {
            const { mean, half } = overSeeds(
              runsOf(runs, 'paper', denoiser).map((run) => excessOf(run, step)[frequency]!),
            );
            return { x: step, y: mean, half };
          }),
        })),
      ),
    ),
    caption: 'Example 1 over training: the excess at the common frequency 3 and at the rare frequency 5.',
  };
}

function sheetPlot(settings: ToySettings, runs: readonly ToyRun[]): FigurePlot {
  return {
    name: 'signals',
    wide: true,
    svg: signalSheet(
      'drawn signals of both networks and of the optimal denoiser',
      [...settings.hidden, 'best' as const].map((denoiser) => ({
        title: denoiserName(denoiser),
        signals: runsOf(runs, 'paper', denoiser)[0]?.drawn?.shown ?? [],
      })),
    ),
    caption: `Example 1, the paper's upper row: the first signals of seed ${settings.seeds[0]!}, all from the same noise.`,
  };
}

function summaryTable(settings: ToySettings, runs: readonly ToyRun[]): ResultsTable {
  const sets = ['paper', 'swapped'] as const;
  return {
    title: 'Drawn signals',
    columns: columnsOf(
      [
        ['set', 'Set'],
        ['denoiser', 'Denoiser'],
      ],
      [
        ['share_3', 'share with frequency 3'],
        ['share_5', 'share with frequency 5'],
        ['magnitude_3', '|X(3)|'],
        ['magnitude_5', '|X(5)|'],
        ['stray', 'mean |X| elsewhere'],
      ],
    ),
    rows: [
      ...sets.flatMap((set) =>
        [...settings.hidden, 'best' as const].map((denoiser) => [
          textCell(set),
          textCell(denoiserName(denoiser)),
          ...[3, 5].map((f) => overSeedsCell(shareOf(runs, set, denoiser, f))),
          ...[3, 5].map((f) =>
            overSeedsCell(overSeeds(runsOf(runs, set, denoiser).map(({ drawn }) => drawn!.magnitudes[f]!))),
          ),
          overSeedsCell(strayOf(runs, set, denoiser)),
        ]),
      ),
      ...sets.map((set) => {
        const { expected } = toySignals(settings)[set];
        const values = [...expected, ...expected, 0];
        return [textCell(set), textCell('data'), ...values.map(valueCell)];
      }),
    ],
    notes: [
      {
        text: `Mean ± half of the 95 % interval (Student's t) over ${settings.seeds.length} seeds of ${settings.samples} signals each. A signal counts for the frequency of its largest magnitude.`,
      },
    ],
  };
}

function settingsTable(settings: ToySettings): ResultsTable {
  return {
    title: 'Settings of Fig. 4',
    columns: columnsOf(
      [
        ['setting', 'Setting'],
        ['value', 'Value'],
      ],
      [],
    ),
    rows: [
      ...settingRows(settings),
      ...Object.values(toySignals(settings)).map(({ name, title }) => [
        textCell(`signals.${name}`),
        textCell(title),
      ]),
    ],
    notes: [
      {
        text: 'Network: linear, SiLU, linear, over the signal and the sinusoidal embedding of t; it predicts the noise. Training: AdamW (0.9, 0.999, 1e-8) without weight decay, rate falling linearly to 0, timesteps drawn evenly; averaged weights are measured. Drawing: Eq. 5 with variance beta_t, all timesteps.',
      },
    ],
  };
}

function excessTable(runs: readonly ToyRun[]): ResultsTable {
  return {
    title: 'Excess by frequency',
    columns: columnsOf(
      [
        ['set', 'set'],
        ['denoiser', 'denoiser'],
      ],
      [
        ['seed', 'seed'],
        ['step', 'step'],
        ['frequency', 'frequency'],
        ['excess', 'excess'],
      ],
    ),
    rows: runs.flatMap(({ set, denoiser, seed, curve }) =>
      curve.flatMap(({ step, excess }) =>
        excess.map((value, frequency) => [
          textCell(set),
          textCell(String(denoiser)),
          ...[seed, step, frequency, value].map(valueCell),
        ]),
      ),
    ),
    notes: [],
  };
}

function drawnTable(runs: readonly ToyRun[]): ResultsTable {
  return {
    title: 'Drawn signals by frequency',
    columns: columnsOf(
      [
        ['set', 'set'],
        ['denoiser', 'denoiser'],
      ],
      [
        ['seed', 'seed'],
        ['frequency', 'frequency'],
        ['magnitude', 'mean |X|'],
        ['share', 'share of signals'],
      ],
    ),
    rows: runs.flatMap(({ set, denoiser, seed, drawn }) =>
      (drawn?.magnitudes ?? []).map((magnitude, frequency) => [
        textCell(set),
        textCell(String(denoiser)),
        ...[
          seed,
          frequency,
          magnitude,
          drawn!.strongest.filter((one) => one === frequency).length / drawn!.strongest.length,
        ].map(valueCell),
      ]),
    ),
    notes: [],
  };
}
