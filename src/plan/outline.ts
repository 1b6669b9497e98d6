// The stages of an experiment by name alone, for what has no use for their keys: nothing outside the configuration is
// looked at, and files and images need not be there.
import type { Experiment } from '../config/types.generated.ts';
import { catalog, type StageKind } from '../stages/catalog.ts';
import { compilePlan } from './compile.ts';
import { externalFiles } from './external-files.ts';
import type { PlanNode } from './plan.ts';

const unknown = 'unknown';

/** The nodes of the plan of `config`, without what their contents decide. */
export function outlinePlan(config: Experiment): readonly Pick<PlanNode, 'id' | 'kind'>[] {
  const versions = Object.entries(catalog).map(([kind, { version }]) => [kind, version] as const);
  const { nodes } = compilePlan(config, {
    datasetDigest: unknown,
    evaluationDigest: unknown,
    fileDigests: Object.fromEntries(externalFiles(config).map(({ path }) => [path, unknown])),
    engine: { name: config.engine },
    stageVersions: Object.fromEntries(versions) as Record<StageKind, number>,
  });
  return nodes.map(({ id, kind }) => ({ id, kind }));
}
