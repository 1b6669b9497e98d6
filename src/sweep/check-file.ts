// Checks the file of an experiment or of a sweep as the command that runs it would, and runs nothing.
import { loadExperiment } from '../config/load.ts';
import { ExperimentError, type Problem } from '../config/problem.ts';
import type { Experiment } from '../config/types.generated.ts';
import { detectSweep } from './detect-sweep.ts';
import { loadSweep } from './load-sweep.ts';

/** What a sound file holds. */
export type CheckedFile = { readonly warnings: readonly Problem[] } & (
  | { readonly kind: 'experiment'; readonly digest: string; readonly config: Experiment }
  | {
      readonly kind: 'sweep';
      readonly name: string;
      readonly cells: number;
      readonly runs: readonly { readonly id: string; readonly digest: string }[];
    }
);

/** Throws UserError with all problems. */
export async function checkFile(file: string, overrides: readonly string[]): Promise<CheckedFile> {
  if ((await detectSweep(file)) !== undefined) return checkSweep(file, overrides);
  const { config, digest, warnings } = await loadExperiment(file, overrides);
  return { kind: 'experiment', digest, config, warnings };
}

/** All cells, as `sdx sweep` would run them, and the base by itself. */
async function checkSweep(file: string, overrides: readonly string[]): Promise<CheckedFile> {
  const { name, base, cells, warnings } = await loadSweep(file, overrides);
  return {
    kind: 'sweep',
    name,
    cells: cells.length,
    runs: cells.flatMap(({ runs }) => runs.map(({ id, digest }) => ({ id, digest }))),
    warnings: [...warnings, ...(await problemsOfBase(base))],
  };
}

/**
 * What is wrong with the base without the sweep. Only warnings: a sweep may complete its base, and leaves out students
 * that it does not train.
 */
async function problemsOfBase(base: string): Promise<readonly Problem[]> {
  try {
    await loadExperiment(base);
    return [];
  } catch (error) {
    if (!(error instanceof ExperimentError)) throw error;
    return error.problems.map(({ where, message }) => ({
      where,
      message: `in the base by itself, ${message}`,
    }));
  }
}
