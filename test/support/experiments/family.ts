// The one family of small experiments that tests run. All descend from tiny.yaml, the smallest that has every kind of
// stage; a member says only how it differs, so that it is plain what a test stands on:
//
//   tiny.yaml              itself, for whole runs as users start them (end to end, faults, Slurm)
//   small-experiment.ts    longer stages with fewer details, resolved: plans and runs with fake stages, which train nothing
//   image-folder.ts        images in a folder, steps that any arithmetic follows alike: several processes
//   random-networks.ts     one student and every conditioning: networks that are given random weights, not trained
//   small-sweep.ts         a student that takes seconds: sweeps that are stopped on the way
//
// experiment-files.ts stands apart: its tests are about the text of a file, its lines and its mistakes.
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { merge } from '../../../src/config/layers.ts';
import type { Experiment } from '../../../src/config/types.generated.ts';
import { validateExperiment } from '../../../src/config/validate.ts';

/** What a member has otherwise, key by key as in a file that extends another: null removes. */
export type Changes = Readonly<Record<string, unknown>>;

/** The file that all descend from. */
export const tinyExperiment = path.join(import.meta.dirname, 'tiny.yaml');

const tiny: unknown = parse(readFileSync(tinyExperiment, 'utf8'));

/** A member as the program works with it: checked, with all defaults. */
export function variation(changes: Changes): Experiment {
  const { config, issues } = validateExperiment(merge(tiny, changes));
  if (config === undefined) throw new Error(issues.map(({ message }) => message).join('\n'));
  return config;
}

/** Writes a member as `<name>.yaml` into `folder`; the file's path. */
export async function writeVariation(folder: string, name: string, changes: Changes): Promise<string> {
  const file = path.join(folder, `${name}.yaml`);
  await writeFile(file, stringify(merge(tiny, changes)));
  return file;
}
