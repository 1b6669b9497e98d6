// The files and folders outside the experiment whose contents decide results: checkpoints, extractor weights,
// reference statistics, ... They enter keys by digest, and a run needs them before it starts. The files of data sets are
// not among them: a data set is digested and looked for as a whole.
import { pathsIn, type NamedPath } from '../config/paths.ts';
import type { Experiment } from '../config/types.generated.ts';

/** Each path once, with the key that says where to get it, else with the first that names it. */
export function externalFiles(config: Experiment): NamedPath[] {
  const files = new Map<string, NamedPath>();
  for (const named of pathsIn(config)) {
    if (named.about.keeper !== undefined) continue;
    const known = files.get(named.path);
    if (known === undefined || (known.about.source === undefined && named.about.source !== undefined))
      files.set(named.path, named);
  }
  return [...files.values()];
}
