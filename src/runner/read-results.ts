// Finds the results of an experiment or a sweep, and reads their manifest.
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { exists } from '../files/exists.ts';
import { readRegularFile } from '../files/regular-file.ts';
import { diskError, systemErrorCode } from '../files/system-errors.ts';
import { UserError } from '../errors.ts';
import { currentManifest, currentSweepManifest } from '../results/current-form.ts';
import type { ResultsManifest } from '../results/manifest.ts';
import { isSweepManifest, type SweepManifest } from '../results/sweep-manifest.ts';

export type FoundResults = {
  /** The folder of manifest.json and the files beside it. */
  readonly folder: string;
} & (
  | { readonly kind: 'experiment'; readonly manifest: ResultsManifest }
  | { readonly kind: 'sweep'; readonly manifest: SweepManifest }
);

/**
 * `target`: a name under `results` (`quickstart`, or with changes `quickstart/seed=1`), a results folder, or a manifest.json. Throws UserError('input') where there are
 * no results, or none that this version can read.
 */
export async function findResults(target: string, results: string): Promise<FoundResults> {
  const file = await manifestFile(target, results);
  const folder = path.dirname(file);
  const manifest = await readJson(file);
  if (isSweepManifest(manifest)) return { kind: 'sweep', folder, manifest: currentSweepManifest(manifest) };
  const one = manifest as Partial<ResultsManifest> | null;
  if (one?.schemaVersion === 1 && Array.isArray(one.models))
    return { kind: 'experiment', folder, manifest: currentManifest(manifest as ResultsManifest) };
  throw refusal(file, 'this is no manifest of results, or of another version of sdx', 'name a manifest.json');
}

async function manifestFile(target: string, results: string): Promise<string> {
  const isName = !target.includes('/') && !target.includes(path.sep) && !target.endsWith('.json');
  const below = path.join(results, target);
  const place = isName || (!(await exists(target)) && (await exists(below))) ? below : target;
  const isFolder = await stat(place).then(
    (found) => found.isDirectory(),
    () => isName,
  );
  return isFolder ? path.join(place, 'manifest.json') : place;
}

async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = (await readRegularFile(file)).toString();
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(systemErrorCode(error) ?? ''))
      throw diskError(error, file) ?? error;
    throw refusal(file, 'there are no results', 'run the experiment first: sdx run <experiment>', error);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw refusal(file, 'the manifest is damaged', 'run the experiment again: it is made anew', error);
  }
}

function refusal(file: string, message: string, hint: string, cause?: unknown): UserError {
  return new UserError('input', message, { hint, where: { file }, cause });
}
