// The plan of an experiment whose data or files are not all there: what it would do can be told without them, only not
// the keys of the results that depend on them.
import type { Experiment } from '../config/types.generated.ts';
import { exists } from '../files/exists.ts';
import { compilePlan, type Externals } from '../plan/compile.ts';
import { externalFiles } from '../plan/external-files.ts';
import type { Plan } from '../plan/plan.ts';
import type { Probe } from '../plan/probes.ts';
import { missingRequirements, type Requirement } from './preflight.ts';
import { takeExternals, type PreparePlanOptions } from './prepare-plan.ts';

export interface TentativePlan {
  readonly plan: Plan;
  readonly missing: readonly Requirement[];
  /** Ids of the nodes whose keys stand on something missing: these keys mean nothing. */
  readonly unknownKeys: ReadonlySet<string>;
}

const standIns = ['missing', 'still missing'] as const;

/** What a plan stands on, with stand-ins for what is missing. */
export interface TentativeExternals {
  readonly externals: Externals;
  readonly missing: readonly Requirement[];
}

/** As preparePlan, but what is missing is listed instead of thrown. */
export async function tentativePlan(options: PreparePlanOptions): Promise<TentativePlan> {
  const { externals, missing } = await tentativeExternals(options);
  return { ...compileTentatively(options.config, externals, options.probes), missing };
}

/** As takeExternals, but what is missing is listed instead of thrown. */
export async function tentativeExternals(options: PreparePlanOptions): Promise<TentativeExternals> {
  const { config } = options;
  const missing = await missingRequirements(config);
  const absent = new Set<string>();
  for (const dataset of ['dataset', 'evaluate.dataset'])
    if (missing.some(({ key }) => key.startsWith(`${dataset}.`))) absent.add(dataset);
  for (const { path } of externalFiles(config)) if (!(await exists(path))) absent.add(path);
  const externals = await takeExternals(options, (what) => (absent.has(what) ? standIns[0] : undefined));
  return { externals, missing };
}

/** The plan of `config`, and which of its keys stand on stand-ins. */
export function compileTentatively(
  config: Experiment,
  externals: Externals,
  probes: readonly Probe[] = [],
): Pick<TentativePlan, 'plan' | 'unknownKeys'> {
  const plan = compilePlan(config, externals, probes);
  // A key that changes with the stand-in depends on what it stands in for.
  const other = compilePlan(config, withOtherStandIn(externals), probes);
  const unknownKeys = plan.nodes.filter(({ key }, i) => key !== other.nodes[i]?.key).map(({ id }) => id);
  return { plan, unknownKeys: new Set(unknownKeys) };
}

function withOtherStandIn(externals: Externals): Externals {
  const other = (digest: string): string => (digest === standIns[0] ? standIns[1] : digest);
  const { datasetDigest, evaluationDigest, fileDigests } = externals;
  return {
    ...externals,
    datasetDigest: other(datasetDigest),
    ...(evaluationDigest === undefined ? {} : { evaluationDigest: other(evaluationDigest) }),
    fileDigests: Object.fromEntries(
      Object.entries(fileDigests).map(([file, digest]) => [file, other(digest)]),
    ),
  };
}
