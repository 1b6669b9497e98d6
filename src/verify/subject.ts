// What is verified: every experiment that a results folder speaks of, in one form for experiments and sweeps.
import type { FloorResult, ModelResult } from '../results/manifest.ts';
import type { PortableConfig } from '../runner/portable.ts';
import type { FoundResults } from '../runner/read-results.ts';
import { catalog } from '../stages/catalog.ts';

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
  /** The floors that the manifest tells of it. */
  readonly floors?: readonly FloorResult[];
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
    const { experiment, config, stages, models, floors = [] } = found.manifest;
    const subject = { label: experiment, config: config as PortableConfig, stages, models };
    return [hasFloor(subject) ? { ...subject, floors } : subject];
  }
  const { cells, teachers, floors = [] } = found.manifest;
  const subjects = cells.flatMap(({ config, runs, teacher }) =>
    runs
      .filter(({ status }) => status === 'done')
      .map(({ id, seed, stages, model }) => ({
        label: id,
        config: { ...(config as PortableConfig), studentSeed: seed },
        stages,
        models: [...(teacher === undefined ? [] : [teachers[teacher]!]), ...(model ? [model] : [])],
      })),
  );
  // A sweep shows the floors of its first run that has them.
  const first = subjects.findIndex(hasFloor);
  return subjects.map((subject, i) => (i === first ? { ...subject, floors } : subject));
}

function hasFloor({ stages }: Pick<Subject, 'stages'>): boolean {
  return stages.some(({ kind }) => kind === catalog.floor.kind);
}
