// What is measured of trained models beside a run. A probe is a function that adds at most one stage for each model to
// the plan; a run's own plan has none.
import type { Experiment } from '../config/types.generated.ts';
import type { AnalyzeParams } from '../stages/kinds/analyze/describe.ts';
import type { NodeSpec } from './node-spec.ts';

/** A model of the plan: what stages that look at it are told, and the nodes that they need. */
export interface TrainedModel {
  /** `teacher`, or the student's name. */
  readonly name: string;
  readonly parts: Omit<AnalyzeParams, 'analyze'>;
  readonly inputs: NodeSpec['inputs'];
}

export type Probe = (model: TrainedModel) => NodeSpec | undefined;

/** Losses and gates over noise levels, of the models in `models`. */
export function analysisOf(models: ReadonlySet<string>, analyze: NonNullable<Experiment['analyze']>): Probe {
  return ({ name, parts, inputs }) =>
    models.has(name)
      ? { kind: 'analyze', name, params: { ...parts, analyze }, inputs, computes: true }
      : undefined;
}
