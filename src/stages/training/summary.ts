// What a stage tells of a network that it has trained or loaded.
import type { CurvePoint } from '../../results/manifest.ts';

export interface TrainedSummary {
  readonly source: 'trained' | 'loaded';
  readonly params: number;
  /** Optimizer steps done; 0 for loaded weights. */
  readonly steps: number;
  readonly finalLoss?: number;
  readonly curve: readonly CurvePoint[];
  /** Wall-clock seconds of training in this and earlier, interrupted runs. */
  readonly seconds: number;
}

/** What is told of a teacher or a student. */
export interface ModelSummary extends TrainedSummary {
  readonly modelChannels: number;
  readonly waveletGating: boolean;
  readonly macs: number;
  readonly attentionMacs: number;
}

export const modelSummaryNames = [
  'source',
  'params',
  'steps',
  'curve',
  'seconds',
  'modelChannels',
  'waveletGating',
  'macs',
  'attentionMacs',
] as const satisfies readonly (keyof ModelSummary)[];

/** The part of a model's result that its weights decide. */
export function resultOfModel({
  params,
  macs,
  attentionMacs,
  steps,
  finalLoss,
  curve,
}: ModelSummary): Pick<ModelSummary, 'params' | 'macs' | 'attentionMacs' | 'steps' | 'finalLoss' | 'curve'> {
  return { params, macs, attentionMacs, steps, ...(finalLoss === undefined ? {} : { finalLoss }), curve };
}
