// What is verified: every experiment that a results folder speaks of, in one form for experiments and sweeps.
import type { ModelResult } from '../results/manifest.ts';
import type { PortableConfig } from '../runner/portable.ts';
import type { FoundResults } from '../runner/read-results.ts';

export interface StageRef {
  readonly kind: string;
  readonly name: string;
  readonly key: string;
}

export interface Subject {
  /** Name of the experiment, or id of the sweep's run. */
  readonly label: string;
  /** As the manifest has it: paths are relative. */
  readonly config: PortableConfig;
  readonly stages: readonly StageRef[];
  readonly models: readonly ModelResult[];
}

/** Something that is not as it should be. */
export interface Mismatch {
  /** `table.csv`, `artifact 0123abcd`, `wg1-seed0 sd`, ... */
  readonly what: string;
  readonly problem: string;
}

/** The experiments of the results; of a sweep, those that are done. */
export function subjectsOf(found: FoundResults): Subject[] {
  if (found.kind === 'experiment') {
    const { experiment, config, stages, models } = found.manifest;
    return [{ label: experiment, config: config as PortableConfig, stages, models }];
  }
  const { cells, teachers } = found.manifest;
  return cells.flatMap(({ config, runs, teacher }) =>
    runs
      .filter(({ status }) => status === 'done')
      .map(({ id, seed, stages, model }) => ({
        label: id,
        config: { ...(config as PortableConfig), studentSeed: seed },
        stages,
        models: [...(teacher === undefined ? [] : [teachers[teacher]!]), ...(model ? [model] : [])],
      })),
  );
}

/** `distill:sd`, `dataset`: as plans call their nodes. */
export function stageId({ kind, name }: StageRef): string {
  return name === kind ? kind : `${kind}:${name}`;
}
