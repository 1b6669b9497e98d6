// The two tables of an analysis, of losses and of gates, without a format (formats/ lays them out).
import type { Analysis, ByBand, GateCurves, LossPoint } from '../../results/analysis.ts';
import type { Estimate } from '../../metrics/statistics.ts';
import type { Cell, Column, ResultsTable } from './table.ts';

const absent: Cell = { text: '–', value: null };
const text = (value: string): Cell => ({ text: value, value });
const left = (key: string, title: string): Column => ({ key, title, align: 'left' });
const right = (key: string, title: string): Column => ({ key, title, align: 'right' });
const machine = (key: string): Column => ({ key, title: key, align: 'right', machineOnly: true });

/** A value with its error as people read it, and both as columns of their own for machines. */
function estimateColumns(key: string, title: string, printed = true): Column[] {
  return [{ ...right(key, title), machineOnly: !printed }, machine(`${key}_se`)];
}

function estimateCells(estimate: Estimate | undefined, decimals: (value: number) => number): Cell[] {
  if (estimate === undefined) return [absent, absent];
  const { value, error } = estimate;
  const digits = decimals(value);
  const shown = error === undefined ? '' : ` ±${error.toFixed(digits)}`;
  return [
    { text: value.toFixed(digits) + shown, value },
    error === undefined ? absent : { text: '', value: error },
  ];
}

/** Decimals that show three significant digits. */
function threeDigits(value: number): number {
  return value > 0 ? Math.min(8, Math.max(0, 2 - Math.floor(Math.log10(value)))) : 3;
}

const parts = ['loss', 'low', 'high'] as const satisfies readonly (keyof ByBand)[];

/** Name of the prediction that copies the input, among the models. */
export const copyName = '(input)';

/** Losses by timestep and model. */
export function lossTable({
  experiment,
  models,
  count,
  cutoff,
  latentShape,
  timesteps,
  copy,
}: Analysis): ResultsTable {
  const points = [...timesteps, 'all' as const];
  const compared = models.some(({ losses }) => losses.some(({ ratio }) => ratio !== undefined));
  const row = (name: string, { t, ratio, ...losses }: LossPoint): Cell[] => [
    { text: String(t), value: t },
    text(name),
    ...parts.flatMap((part) => estimateCells(losses[part], threeDigits)),
    ...parts.flatMap((part) => estimateCells(ratio?.[part], () => 3)),
  ];
  return {
    title: `${experiment}: error of the predicted noise`,
    columns: [
      right('t', 't'),
      left('model', 'model'),
      ...parts.flatMap((part) => estimateColumns(part, part)),
      ...parts.flatMap((part) => estimateColumns(`${part}_ratio`, `${part}/teacher`, compared)),
    ],
    rows: points.flatMap((_, i) => [
      ...models.map(({ name, losses }) => row(name, losses[i]!)),
      row(copyName, copy[i]!),
    ]),
    notes: [
      {
        text:
          `Mean squared error over ${count} images, ± standard error. low: the part below ${cutoff} cycles per pixel of the ` +
          `${latentShape[1]}×${latentShape[2]} latents; high: the rest; low + high = loss.`,
      },
      { text: 't = all: mean over the timesteps.' },
      {
        text: `${copyName}: what the noisy latent itself would cost as a prediction; above it, a model does not pass its input through.`,
      },
      ...(compared ? [{ text: 'Ratios to the teacher are paired: same images, same noise.' }] : []),
    ],
  };
}

/** WG-Down 8: the module by its direction and the side of its input. */
export function moduleTitle({ direction, size }: Pick<GateCurves, 'direction' | 'size'>): string {
  return `WG-${direction === 'down' ? 'Down' : 'Up'} ${size}→${direction === 'down' ? size / 2 : size * 2}`;
}

/** Gates by model, module and timestep; no rows without wavelet gating. */
export function gateTable({ experiment, models, timesteps, count, bands }: Analysis): ResultsTable {
  const gate = (mean: number, std: number): Cell[] => [
    { text: `${mean.toFixed(3)} ±${std.toFixed(3)}`, value: mean },
    { text: '', value: std },
  ];
  return {
    title: `${experiment}: wavelet gates`,
    columns: [
      left('model', 'model'),
      left('module', 'module'),
      { ...left('parameters', 'parameters'), machineOnly: true },
      right('t', 't'),
      ...bands.flatMap((band) => [right(band, band), machine(`${band}_sd`)]),
    ],
    rows: models.flatMap(({ name, gates }) =>
      gates.flatMap((curves) =>
        timesteps.map((t, i) => [
          text(name),
          text(moduleTitle(curves)),
          text(curves.module),
          { text: String(t), value: t },
          ...bands.flatMap((_, band) => gate(curves.mean[i]![band]!, curves.std[i]![band]!)),
        ]),
      ),
    ),
    notes: [
      {
        text: `Gates of Eq. 8, mean over channels and ${count} images, ± standard deviation over images.`,
      },
    ],
  };
}
