// Two experiments or sweeps compared, each from its results folder or its YAML file.
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { loadExperiment } from '../config/load.ts';
import { UserError } from '../errors.ts';
import { portableConfig } from '../runner/portable.ts';
import { preparePlan, type PreparePlanOptions } from '../runner/prepare-plan.ts';
import { findResults } from '../runner/read-results.ts';
import type { Store } from '../store/store.ts';
import { differencesOf, sidesOf, type Difference, type Side } from './differences.ts';

export interface CompareOptions {
  /** Where results are looked for by name. */
  readonly resultsDir: string;
  /** Remembers the digests of the data of YAML files. */
  readonly store: Store;
  readonly stages: PreparePlanOptions['stages'];
  readonly signal: AbortSignal;
}

/** A difference, and in sweeps the experiment that it belongs to. */
export interface FoundDifference extends Difference {
  readonly experiment?: string;
}

/**
 * How `b` differs from `a`: results folders, names of results, or experiment files. Throws UserError('usage') where they
 * do not hold the same experiments, and as findResults and loadExperiment do.
 */
export async function compareTargets(
  a: string,
  b: string,
  options: CompareOptions,
): Promise<readonly FoundDifference[]> {
  const [left, right] = [await sidesAt(a, options), await sidesAt(b, options)];
  const many = left.length > 1;
  if (left.length !== right.length || (many && left.some(({ label }, i) => label !== right[i]!.label)))
    throw new UserError('usage', `${a} and ${b} do not hold the same experiments`, {
      hint: 'compare two sweeps with the same cells, or single experiments',
    });
  return left.flatMap((side, i) =>
    differencesOf(side, right[i]!).map((difference) => ({
      ...(many && { experiment: side.label }),
      ...difference,
    })),
  );
}

/** The experiments of results, or the one of a YAML file. */
async function sidesAt(
  target: string,
  { resultsDir, store, stages, signal }: CompareOptions,
): Promise<Side[]> {
  const isYaml =
    /\.ya?ml$/.test(target) && (await stat(target).catch(() => undefined))?.isDirectory() !== true;
  if (!isYaml) return sidesOf(await findResults(target, resultsDir));
  const { config, file } = await loadExperiment(target);
  // Without the data the stage keys are not known; all else can be compared.
  const plan = await preparePlan({ config, store, stages, signal }).catch((error: unknown) => {
    if (error instanceof UserError && error.code === 'input') return undefined;
    throw error;
  });
  return [
    {
      label: config.name,
      config: portableConfig(config, path.dirname(file)),
      facts: {},
      stages: plan?.nodes.map(({ kind, name, key }) => ({ kind, name, key })) ?? [],
      numbers: {},
    },
  ];
}
