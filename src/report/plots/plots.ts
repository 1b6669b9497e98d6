// The report's plots as inline SVG, drawn by echarts without a browser. Colours are CSS variables of the page,
// so a plot follows its light or dark theme.
import { LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent, LegendComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { CurvePoint, ModelResult, ResultsManifest } from '../../results/manifest.ts';
import { hoverPoints } from './hover-points.ts';
import { formatMacs } from '../table/number-format.ts';

use([LineChart, ScatterChart, GridComponent, LegendComponent, SVGRenderer]);

export const seriesColors = Array.from({ length: 8 }, (_, i) => `var(--series-${i + 1})`);
export const ink = 'var(--ink)';
const faint = 'var(--ink-faint)';
const font = 'inherit';

export type Point = [number, number];
export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
  /** Lower and upper end of a shaded band, point by point. */
  readonly spread?: readonly Point[];
  readonly dashed?: boolean;
  /** Left out: the next of `seriesColors`. */
  readonly color?: string;
}
interface Axis {
  readonly name: string;
  readonly log?: boolean;
  readonly label?: (value: number) => string;
  /** Ends of the axis; they get no label of their own unless they are round. */
  readonly range?: readonly [number, number];
}

const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 });

/** Labels of logarithmic axes run from 1e-6 to 1e12. */
function axisNumber(value: number): string {
  const magnitude = Math.abs(value);
  return magnitude !== 0 && magnitude < 0.001 ? value.toExponential(0) : compact.format(value);
}

/** Four digits, which an axis has no room for. */
function shortNumber(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function axisOption({ name, log, label, range }: Axis, nameGap: number): object {
  return {
    type: log === true ? 'log' : 'value',
    name,
    nameLocation: 'middle',
    nameGap,
    scale: true,
    ...(range ? { min: range[0], max: range[1] } : {}),
    ...(log === true
      ? { minorSplitLine: { show: true, lineStyle: { color: 'var(--rule-faint)', opacity: 0.6 } } }
      : {}),
    nameTextStyle: { color: faint, fontSize: 14, fontFamily: font },
    axisLine: { show: true, lineStyle: { color: 'var(--rule)' } },
    axisTick: { show: false },
    axisLabel: {
      color: faint,
      fontSize: 13,
      fontFamily: font,
      formatter: label ?? axisNumber,
      hideOverlap: true,
      ...(range && log === true ? { showMinLabel: range[0] === 1, showMaxLabel: false } : {}),
    },
    splitLine: { lineStyle: { color: 'var(--rule-faint)' } },
  };
}

/** Names under the plot, each on as many lines as it has words. */
function categoryOption(names: readonly string[]): object {
  return {
    type: 'category',
    data: names,
    axisLine: { show: true, lineStyle: { color: 'var(--rule)' } },
    axisTick: { show: false },
    axisLabel: { color: faint, fontSize: 12, fontFamily: font, interval: 0, hideOverlap: true },
  };
}

export interface Frame {
  readonly name: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly legend: boolean;
  /** The series that the legend names; all where it is absent. */
  readonly names?: readonly string[];
  /** Names of a category axis instead of numbers, left to right. */
  readonly categories?: readonly string[];
  /** A whole row of the page instead of half of one. */
  readonly wide?: boolean;
}

/**
 * One chart as SVG. Made stable and still: echarts numbers ids and classes per process, and its classes and
 * `ecmeta` attributes serve hovering only.
 */
export function render(
  { name, x, y, legend, names, categories, wide }: Frame,
  series: readonly object[],
): string {
  const width = wide === true ? 1320 : 640;
  const height = 340;
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  chart.setOption({
    animation: false,
    color: seriesColors,
    textStyle: { fontFamily: font },
    grid: { left: 62, right: 20, top: legend ? 44 : 16, bottom: 48 },
    ...(legend
      ? {
          legend: {
            type: 'plain',
            ...(names ? { data: names } : {}),
            top: 0,
            left: 50,
            right: 10,
            icon: 'roundRect',
            itemWidth: 14,
            itemHeight: 3,
            itemGap: 16,
            textStyle: { color: ink, fontSize: 14, fontFamily: font },
          },
        }
      : {}),
    xAxis: categories ? categoryOption(categories) : axisOption(x, 30),
    yAxis: axisOption(y, 46),
    series,
  });
  const svg = chart.renderToSVGString();
  const hover = hoverPoints(
    series,
    (point) => chart.convertToPixel({ xAxisIndex: 0, yAxisIndex: 0 }, [...point]),
    {
      x: (value) =>
        categories?.[value]?.replaceAll('\n', ' ') ?? `${x.name} ${(x.label ?? axisNumber)(value)}`,
      y: (value) => `${y.name} ${(y.label ?? shortNumber)(value)}`,
    },
  );
  chart.dispose();
  return svg
    .replace(/<style[^]*?<\/style>/g, '')
    .replace(/ (?:class|ecmeta_\w+)="[^"]*"/g, '')
    .replace(/zr\d+-/g, `${name}-`)
    .replace(/^<svg width="\d+" height="\d+"/, `<svg role="img" aria-label="${y.name} against ${x.name}"`)
    .replace(/<\/svg>\s*$/, `${hover}</svg>`);
}

/** Lines with a legend, or undefined without any point. A dashed one is faint: what the others are compared with. */
export function lines(frame: Omit<Frame, 'legend'>, all: readonly Series[]): string | undefined {
  const drawn = all.filter(({ points }) => points.length > 0);
  if (drawn.length === 0) return undefined;
  const bands = drawn.flatMap((one, i) =>
    shadedBand(one, one.color ?? seriesColors[i % seriesColors.length]!),
  );
  const series = drawn.map(({ name, points, dashed, color }) => ({
    type: 'line',
    name,
    data: points,
    showSymbol: points.length === 1,
    lineStyle: { width: 1.75, ...(dashed === true ? { type: 'dashed' } : {}) },
    ...(dashed === true ? { itemStyle: { color: faint } } : {}),
    ...(color === undefined ? {} : { itemStyle: { color } }),
  }));
  const legend = drawn.length > 1 || drawn[0]!.dashed === true;
  const names = bands.length > 0 ? { names: drawn.map(({ name }) => name) } : {};
  return render({ ...frame, legend, ...names }, [...series, ...bands]);
}

/** The band of a series: its lower end, which is not seen, and the height above it, stacked. */
function shadedBand({ name, points, spread }: Series, color: string): object[] {
  if (spread === undefined) return [];
  const layer = (part: string, heights: readonly number[], opacity: number) => ({
    type: 'line',
    name: `${name} ${part}`,
    stack: name,
    stackStrategy: 'all',
    data: points.map(([x], i): Point => [x, heights[i]!]),
    showSymbol: false,
    silent: true,
    lineStyle: { width: 0, opacity: 0 },
    areaStyle: { color, opacity },
    itemStyle: { color },
  });
  const lower = layer(
    'from',
    spread.map(([low]) => low),
    0,
  );
  const upper = layer(
    'to',
    spread.map(([low, high]) => high - low),
    0.16,
  );
  return [lower, upper];
}

const maxCurvePoints = 200;

/** At most 200 points, each the mean of a run of neighbouring ones: a curve, not a cloud of noise. */
export function thinCurve(curve: readonly CurvePoint[]): Point[] {
  const finite = curve.filter(({ loss }) => Number.isFinite(loss));
  const run = Math.ceil(finite.length / maxCurvePoints);
  const points: Point[] = [];
  for (let start = 0; start < finite.length; start += run) {
    const members = finite.slice(start, start + run);
    const mean = members.reduce((sum, { loss }) => sum + loss, 0) / members.length;
    points.push([members.at(-1)!.step, mean]);
  }
  return points;
}

/** Training loss against step on a logarithmic axis, or undefined without any curve. */
export function lossPlot(
  name: string,
  curves: readonly { readonly name: string; readonly curve: readonly CurvePoint[] }[],
  wide = false,
): string | undefined {
  const series = curves.map((one) => ({
    name: one.name,
    points: thinCurve(one.curve).filter(([, loss]) => loss > 0),
  }));
  const lastStep = Math.max(1, ...series.flatMap(({ points }) => points.map(([step]) => step)));
  return lines(
    { name, x: { name: 'training step', range: [0, lastStep] }, y: { name: 'loss', log: true }, wide },
    series,
  );
}

/** A spectrum: mean power by radius, from radius 0. */
export interface Spectrum extends Omit<Series, 'points' | 'spread'> {
  readonly radial: readonly number[] | undefined;
}

/** Mean spectral power against radius; radius 0 (the mean) is left out. Both axes are logarithmic. */
export function spectraPlot(name: string, spectra: readonly Spectrum[]): string | undefined {
  const longest = Math.max(0, ...spectra.map(({ radial = [] }) => radial.length));
  return lines(
    {
      name,
      x: { name: 'frequency, cycles per image', log: true, range: [1, Math.max(2, longest - 1)] },
      y: { name: 'mean power', log: true },
    },
    spectra.map(({ radial = [], ...series }) => ({
      ...series,
      points: radial
        .map((power, radius): Point => [radius, power])
        .slice(1)
        .filter(([, power]) => power > 0),
    })),
  );
}

/** The spectra of models, of the autoencoder's floor, and of the data. */
export function spectrumPlot({ dataset, models, floors = [] }: ResultsManifest): string | undefined {
  return spectraPlot('spectrum', [
    ...generatedSpectra({ models, floors }),
    { name: 'reference', radial: dataset.radial, dashed: true },
  ]);
}

/** Those of models, and of the autoencoder's floor. */
function generatedSpectra({ models, floors = [] }: Pick<ResultsManifest, 'models' | 'floors'>): Spectrum[] {
  return [
    ...models.map(({ name, spectrum }) => ({ name, radial: spectrum?.radial })),
    ...floors
      .filter(({ name }) => name === 'autoencoder')
      .map(({ name, spectrum }) => ({ name, radial: spectrum?.radial, dashed: true, color: ink })),
  ];
}

/** The power of models, and of the autoencoder's floor, over that of the data, by radius; undefined where one is not known. */
export function spectrumRatioPlot({ dataset, models, floors = [] }: ResultsManifest): string | undefined {
  const { radial: data = [] } = dataset;
  const ratio = (radial: readonly number[] = []): Point[] =>
    radial.flatMap((power, radius): Point[] => {
      const reference = data[radius];
      return radius > 0 && reference !== undefined && reference > 0 ? [[radius, power / reference]] : [];
    });
  const series = generatedSpectra({ models, floors }).map(({ radial, ...drawn }): Series => ({
    ...drawn,
    points: ratio(radial),
  }));
  if (series.every(({ points }) => points.length === 0)) return undefined;
  return lines(
    {
      name: 'spectrum-ratio',
      x: { name: 'frequency, cycles per image', log: true, range: [1, Math.max(2, data.length - 1)] },
      y: { name: "power / data's" },
    },
    [...series, { name: 'data', points: ratio(data), dashed: true }],
  );
}

/** FID against MACs: what a model costs and what it gives. Names stand left of the cheaper half of the models. */
export function costPlot(models: readonly ModelResult[]): string | undefined {
  const measured = models.filter((model) => model.fid !== undefined);
  if (measured.length < 2) return undefined;
  const macs = measured.map((model) => model.macs).sort((a, b) => a - b);
  const median = macs[Math.floor(macs.length / 2)]!;
  const series = measured.map((model) => {
    const side = model.macs < median || model.macs === macs.at(-1) ? 'left' : 'right';
    return modelPoint(model, [model.macs, model.fid!.value], side);
  });
  const range = [macs[0]! / 4, macs.at(-1)! * 1.4] as const;
  const x = { name: 'MACs per step', log: true, label: formatMacs, range };
  return render({ name: 'cost', x, y: { name: 'FID' }, legend: false }, series);
}

/** A model as a point, its name on that side. */
export function modelPoint(
  { name, role }: Pick<ModelResult, 'name' | 'role'>,
  at: Point,
  side: 'left' | 'right',
): object {
  return {
    type: 'scatter',
    name,
    symbol: role === 'teacher' ? 'diamond' : 'circle',
    symbolSize: role === 'teacher' ? 15 : 11,
    itemStyle: { color: role === 'teacher' ? ink : seriesColors[1] },
    label: { show: true, formatter: '{a}', position: side, color: ink, fontSize: 13, fontFamily: font },
    data: [at],
  };
}
