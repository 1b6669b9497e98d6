// An experiment from file to resolved configuration: layers -> merged -> schema and defaults -> checks -> absolute
// paths. Everything wrong with it is raised at once, each problem with its place.
import { createHash } from 'node:crypto';
import path from 'node:path';
import { canonicalJson } from '../files/canonical-json.ts';
import { fileLayers } from './extends.ts';
import { locate, mergeLayers, type Layer } from './layers.ts';
import { overrideLayers } from './overrides.ts';
import { absolutePaths, mapPaths } from './paths.ts';
import { ExperimentError, type Issue, type Problem } from './problem.ts';
import type { Experiment } from './types.generated.ts';
import { validateExperiment } from './validate.ts';

export interface LoadedExperiment {
  /** The YAML file, absolute. */
  readonly file: string;
  readonly config: Experiment;
  /** experimentDigest of `config`. */
  readonly digest: string;
  /** What is possible but hardly meant. */
  readonly warnings: readonly Problem[];
}

/**
 * Loads the experiment in `file`, with overrides of the form `key.key=value` on top. Throws UserError('input') for a
 * missing file and ExperimentError (exit 2) with all problems of a wrong one.
 */
export async function loadExperiment(
  file: string,
  overrides: readonly string[] = [],
): Promise<LoadedExperiment> {
  return resolveLayers(file, [
    ...(await fileLayers(file)),
    ...overrideLayers(overrides, file, path.resolve('.')),
  ]);
}

/** The experiment that `layers` make together; `file` is the one that it is known by. Throws ExperimentError. */
export function resolveLayers(file: string, layers: readonly Layer[]): LoadedExperiment {
  const validated = validateExperiment(mergeLayers(layers));
  if (validated.issues) throw new ExperimentError(file, located(layers, validated.issues));
  const { config, warnings } = validated;
  delete config.extends; // followed
  const resolved = absolutePaths(config, layers);
  const absolute = path.resolve(file);
  return {
    file: absolute,
    config: resolved,
    digest: experimentDigest(resolved, path.dirname(absolute)),
    warnings: located(layers, warnings),
  };
}

/** Keys that only name, pace or log an experiment, or say what is measured of it afterwards. */
export const namingKeys: ReadonlySet<string> = new Set([
  'name',
  'description',
  'tags',
  'notes',
  'paper',
  'device',
  'threads',
  'memory',
  'analyze',
  'figures',
  'log',
]);

/**
 * sha256 (hex) of what an experiment asks for: its resolved configuration without `namingKeys`, its paths relative to `folder`, so that a copied project keeps its digests.
 */
export function experimentDigest(config: Experiment, folder: string): string {
  const portable = mapPaths(config, (found) => path.relative(folder, found).split(path.sep).join('/'));
  const asked = Object.entries(portable).filter(([key]) => !namingKeys.has(key));
  return createHash('sha256')
    .update(canonicalJson(Object.fromEntries(asked)))
    .digest('hex');
}

/** Issues with their places, in the order of the files; overrides come last. */
function located(layers: readonly Layer[], issues: readonly Issue[]): Problem[] {
  const order = layers.map(({ file }) => file);
  return issues
    .map(({ path: at, at: part, message }) => ({ where: locate(layers, at, part), message }))
    .sort(
      (a, b) =>
        order.indexOf(a.where.file) - order.indexOf(b.where.file) ||
        (a.where.line ?? 0) - (b.where.line ?? 0) ||
        (a.where.column ?? 0) - (b.where.column ?? 0),
    );
}
