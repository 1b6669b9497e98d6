// Fig. 9: wavelet gates along sampling trajectories, beside those on noised real images, which `sdx analyze` takes.
import type { GateCurves } from '../results/analysis.ts';
import type { Figure, FigurePlot } from '../report/figure.ts';
import { lines, type Point } from '../report/plots/plots.ts';
import { moduleTitle } from '../report/table/analysis-tables.ts';
import { waveletBands } from '../models/wavelet/wavelet.ts';
import { analyze } from '../stages/kinds/analyze/describe.ts';
import { trajectory } from '../stages/kinds/trajectory/describe.ts';
import type { ExperimentFigure, Measured } from './figure-spec.ts';
import { gatedModels } from './measurements.ts';
import { numberTable } from './number-table.ts';

export const samplingGates: ExperimentFigure = {
  id: '9',
  shows: 'wavelet gates over the steps of sampling, and on noised real images',
  needs: 'experiment',
  reads: ['trajectory', 'analyze'],
  measures: ['sampling', 'analysis'],
  lacks: (asked) => (gatedModels(asked).length === 0 ? 'no model asked for has wavelet gates' : undefined),
  make: (measured) => Promise.resolve(draw(measured)),
};

/** Gates of one model, and where they were taken. */
interface Source {
  readonly where: 'sampling' | 'noised images';
  readonly timesteps: readonly number[];
  readonly gates: readonly GateCurves[];
}

function draw(measured: Measured): Figure {
  const { config, published } = measured;
  const models = gatedModels(measured).map((model) => {
    const sampled = published(trajectory, model).summary;
    const noised = published(analyze, model).summary;
    const sources: readonly Source[] = [
      { where: 'sampling', timesteps: sampled.timesteps, gates: sampled.gates },
      { where: 'noised images', timesteps: noised.timesteps, gates: noised.gates },
    ];
    return { model, sources, count: sampled.count, noised: noised.count };
  });
  const { count, noised } = models[0]!;
  return {
    id: '9',
    title: 'wavelet gates over sampling',
    about:
      `Gates of Eq. 8, mean over the channels of a band and the modules of a direction. Left: at every step of ${count} samples as ` +
      `they are drawn, as in the paper; right: on ${noised} real images with the noise of a timestep. Shaded: ± standard deviation ` +
      'over the images. With guidance, the gates are those of the conditional prediction.',
    plots: models.flatMap(({ model, sources }) =>
      (['down', 'up'] as const).flatMap((direction) => platesOf(model, direction, sources)),
    ),
    tables: [
      {
        name: '',
        table: numberTable(
          `${config.name}: wavelet gates`,
          ['model', 'where', 'module', 't', ...waveletBands.flatMap((band) => [band, `${band}_sd`])],
          models.flatMap(({ model, sources }) =>
            sources.flatMap(({ where, timesteps, gates }) =>
              gates.flatMap((curves) =>
                timesteps.map((t, i) => [
                  ...[model, where, `${moduleTitle(curves)} (${curves.module})`, t],
                  ...waveletBands.flatMap((_, band) => [curves.mean[i]![band]!, curves.std[i]![band]!]),
                ]),
              ),
            ),
          ),
        ),
        onlyFile: true,
      },
    ],
  };
}

/** The two plots of one direction, with one scale. */
function platesOf(model: string, direction: 'down' | 'up', sources: readonly Source[]): FigurePlot[] {
  const curves = sources.map(({ where, timesteps, gates }) => ({
    where,
    timesteps,
    bands: averageGates(gates.filter((module) => module.direction === direction)),
  }));
  const ends = curves.flatMap(({ bands }) =>
    bands.flatMap((band) => band.flatMap(({ low, high }) => [low, high])),
  );
  const range = roundedRange(Math.min(...ends), Math.max(...ends));
  const last = Math.max(...sources.flatMap(({ timesteps }) => timesteps));
  return curves.map(({ where, timesteps, bands }) => ({
    name: `${model}-${direction}-${where === 'sampling' ? 'sampling' : 'noised'}`,
    svg: lines(
      {
        name: `figure-9-${model}-${direction}-${where === 'sampling' ? 's' : 'n'}`,
        x: { name: 'timestep t (sampling goes from right to left)', range: [0, Math.ceil(last / 100) * 100] },
        y: { name: 'gate', range },
      },
      waveletBands.map((name, band) => ({
        name,
        points: timesteps.map((t, i): Point => [t, bands[band]![i]!.mean]),
        spread: timesteps.map((_, i): Point => [bands[band]![i]!.low, bands[band]![i]!.high]),
      })),
    )!,
    caption: `${model}, WG-${direction === 'down' ? 'Down' : 'Up'}, ${where === 'sampling' ? 'along sampling' : 'on noised real images'}.`,
  }));
}

interface GatePoint {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** By band and step: means over the modules of the gates, and of their standard deviations over images. */
export function averageGates(modules: readonly GateCurves[]): GatePoint[][] {
  const average = (of: (module: GateCurves) => number): number =>
    modules.reduce((sum, module) => sum + of(module), 0) / modules.length;
  return waveletBands.map((_, band) =>
    (modules[0]?.mean ?? []).map((_, i) => {
      const mean = average((module) => module.mean[i]![band]!);
      const sd = average((module) => module.std[i]![band]!);
      return { mean, low: mean - sd, high: mean + sd };
    }),
  );
}

/** The range with round ends: axes then have no label beside another. */
function roundedRange(low: number, high: number): readonly [number, number] {
  const perUnit = high - low > 0.1 ? 20 : 100;
  return [Math.floor(low * perUnit) / perUnit, Math.ceil(high * perUnit) / perUnit];
}
