// All that Fig. 4 is made with. The paper gives frequencies, probabilities, hidden units, two layers, 1000 steps and 300
// signals; its supplement, with the rest, is not at hand.
import type { ScheduleConfig } from '../../diffusion/schedule.ts';
import type { SmallTraining } from '../train-small.ts';
import { singleCosines, sumsOfSines, type SignalSet } from './signals.ts';

export interface ToySettings {
  /** Numbers of a signal, at x = 0, 1 / length, ... */
  readonly length: number;
  /** The paper's M, small and large. */
  readonly hidden: readonly [number, number];
  /** Width of the embedded timestep. */
  readonly embedding: number;
  readonly schedule: ScheduleConfig;
  readonly seeds: readonly number[];
  readonly training: SmallTraining;
  /** Steps after which the excess is measured, the last among them. */
  readonly at: readonly number[];
  /** Noise levels at which it is, spread evenly, and signals at each. */
  readonly timesteps: number;
  readonly signals: number;
  /** Signals drawn from each network. */
  readonly samples: number;
}

export const toySettings: ToySettings = {
  length: 32,
  hidden: [64, 1024],
  embedding: 32,
  schedule: { linearStart: 0.0015, linearEnd: 0.0195, timesteps: 1000 },
  seeds: [0, 1, 2, 3, 4],
  training: { steps: 2000, batchSize: 64, learningRate: 0.002, emaDecay: 0.99 },
  at: [100, 200, 500, 1000, 2000],
  timesteps: 10,
  signals: 64,
  samples: 300,
};

export const toySmoke: ToySettings = {
  ...toySettings,
  hidden: [4, 8],
  schedule: { ...toySettings.schedule, timesteps: 20 },
  seeds: [0, 1],
  training: { ...toySettings.training, steps: 4, batchSize: 4 },
  at: [4],
  timesteps: 2,
  signals: 4,
  samples: 4,
};

/**
 * Example 1 as printed; a control with the probabilities exchanged, which tells what is rare from what is high; and signals
 * that hold all frequencies at once, with the power of images.
 */
export function toySignals({ length }: Pick<ToySettings, 'length'>): Readonly<Record<SetName, SignalSet>> {
  const choices = (low: number, high: number) =>
    [
      { frequency: 3, probability: low },
      { frequency: 5, probability: high },
    ] as const;
  return {
    paper: singleCosines('paper', length, choices(0.8, 0.2)),
    swapped: singleCosines('swapped', length, choices(0.2, 0.8)),
    sums: sumsOfSines('sums', length, 8),
  };
}

export type SetName = 'paper' | 'swapped' | 'sums';
