// What Fig. 4 measures: both networks on every set of signals under every seed, and what the best denoiser draws.
import { evenTimesteps } from '../../diffusion/schedule.ts';
import type { LoneWork } from '../figure-spec.ts';
import { columnMeans, frequenciesOf, magnitudes } from './fourier.ts';
import { toySignals, type SetName, type ToySettings } from './settings.ts';
import { drawBest, trainDenoiser, zeroExcess, type ExcessAt } from './train-denoiser.ts';

/** Hidden units of a network; `best` is the optimal denoiser, `zero` what predicts no noise. */
export type Denoiser = number | 'best' | 'zero';

/** Signals that a denoiser has drawn, under one seed. */
export interface Drawn {
  /** Mean |X(f)| by frequency, where a cosine of amplitude 1 has 1. */
  readonly magnitudes: readonly number[];
  /** Of each signal, the frequency of the largest magnitude. */
  readonly strongest: readonly number[];
  /** The first few signals themselves. */
  readonly shown: readonly (readonly number[])[];
}

export interface ToyRun {
  readonly set: SetName;
  readonly denoiser: Denoiser;
  readonly seed: number;
  readonly curve: readonly ExcessAt[];
  /** Absent where nothing is drawn. */
  readonly drawn?: Drawn;
}

/** Signals are drawn of what Example 1 is about; sums of sines are judged by their excess alone. */
const drawnSets: readonly SetName[] = ['paper', 'swapped'];
const shownSignals = 40;

export async function studyToy(
  settings: ToySettings,
  { engine: open, signal, onProgress }: LoneWork,
): Promise<ToyRun[]> {
  const { length, hidden, embedding, schedule, seeds, training, at } = settings;
  const engine = await open();
  const measure = {
    timesteps: evenTimesteps(schedule.timesteps, settings.timesteps),
    signals: settings.signals,
  };
  const runs: ToyRun[] = [];
  for (const [set, signals] of Object.entries(toySignals(settings)) as [
    SetName,
    ReturnType<typeof toySignals>[SetName],
  ][])
    for (const seed of seeds) {
      const samples = drawnSets.includes(set) ? settings.samples : 0;
      const task = { engine, training, schedule, signals, seed, at, measure, samples, signal };
      const told = (what: string): void => {
        onProgress(`Fig. 4: ${what} on ${set}, seed ${seed}`);
      };
      for (const units of hidden) {
        told(`${units} hidden units`);
        const config = { length, hidden: units, embedding };
        const { curve, drawn } = await trainDenoiser({ ...task, config });
        runs.push({ set, denoiser: units, seed, curve, ...drawnOf(drawn, length) });
      }
      told('the best denoiser');
      const config = { length, hidden: 0, embedding };
      const best = samples === 0 ? new Float32Array(0) : await drawBest({ ...task, config });
      runs.push({ set, denoiser: 'best', seed, curve: [], ...drawnOf(best, length) });
      const excess = await zeroExcess({ ...task, config });
      runs.push({ set, denoiser: 'zero', seed, curve: [{ step: training.steps, excess }] });
    }
  return runs;
}

function drawnOf(rows: Float32Array, length: number): Pick<ToyRun, 'drawn'> {
  if (rows.length === 0) return {};
  const frequencies = frequenciesOf(length);
  const table = magnitudes(rows, length).map((magnitude) => (2 * magnitude) / length);
  const count = rows.length / length;
  const signal = (row: number): number[] => [...rows.subarray(row * length, (row + 1) * length)];
  return {
    drawn: {
      magnitudes: columnMeans(table, frequencies),
      strongest: Array.from({ length: count }, (_, row) => {
        const own = table.subarray(row * frequencies, (row + 1) * frequencies);
        return own.indexOf(Math.max(...own));
      }),
      shown: Array.from({ length: Math.min(count, shownSignals) }, (_, row) => signal(row)),
    },
  };
}
