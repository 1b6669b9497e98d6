// What the stages learn that train a noise predictor, known without running them: one row for each kind.
import type { StageKind, StageParams } from './catalog.ts';
import { distillTask, learnedByTeacher } from './kinds/distill/task.ts';
import { teacherTask } from './kinds/teacher/task.ts';
import type { TrainingParams } from './params.ts';
import type { DiffusionTask } from './training/diffusion-task.ts';

/** A training that a stage with these parameters would do. */
export interface PlannedTraining<P = unknown> {
  /** What gradients are taken of, one after the other: what is learned, and what decides where it starts. */
  readonly tasks: readonly [DiffusionTask, ...DiffusionTask[]];
  readonly settings: TrainingParams;
  /** Where its settings stand in an experiment. */
  readonly key: string;
  /** The stage's parameters with `microBatch` as decided. */
  readonly inParts: (microBatch: number) => P;
}

type Rows = {
  readonly [K in StageKind]?: (params: StageParams[K]) => PlannedTraining<StageParams[K]> | undefined;
};

const rows: Rows = {
  teacher: (params) => {
    const [task, { train }] = [teacherTask(params), params];
    if (task === undefined || train === undefined) return undefined;
    return {
      tasks: [task],
      settings: train,
      key: 'teacher.train',
      inParts: (microBatch) => ({ ...params, train: { ...train, microBatch } }),
    };
  },
  distill: (params) => ({
    tasks: [distillTask(params), ...(params.student.pruning ? [learnedByTeacher(params)] : [])],
    settings: params.distill,
    key: 'distill',
    inParts: (microBatch) => ({ ...params, distill: { ...params.distill, microBatch } }),
  }),
};

/** The training of a stage, or undefined where it trains no noise predictor. */
export function plannedTraining<K extends StageKind>(
  kind: K,
  params: StageParams[K],
): PlannedTraining<StageParams[K]> | undefined {
  return rows[kind]?.(params);
}
