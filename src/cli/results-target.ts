// The file of an experiment or a sweep stands for its results.
import { stat } from 'node:fs/promises';
import { loadExperiment } from '../config/load.ts';
import { detectSweep } from '../sweep/detect-sweep.ts';

/** The name under which the results of a YAML file lie; any other target as it is. Throws as loadExperiment does. */
export async function resultsTarget(target: string): Promise<string> {
  const isFile = await stat(target).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isFile || !/\.ya?ml$/.test(target)) return target;
  const sweep = await detectSweep(target);
  return sweep === undefined ? (await loadExperiment(target)).config.name : (sweep.name ?? target);
}
