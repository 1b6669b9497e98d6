// The artifacts that results were taken from, by what their files say.
import { UserError } from '../errors.ts';
import { readRegularFile } from '../files/regular-file.ts';
import { diskError } from '../files/system-errors.ts';
import { findResults } from '../runner/read-results.ts';

/** `file`: a manifest.json or analysis.json. Throws UserError for one that cannot be read, or is of something else. */
export async function keysOfResults(file: string): Promise<ReadonlySet<string>> {
  try {
    const keys = file.endsWith('analysis.json') ? await keysOfAnalysis(file) : await keysOfManifest(file);
    if (keys.every((key) => typeof key === 'string')) return new Set(keys);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw diskError(error, file) ?? unreadable(file, error);
  }
  throw unreadable(file);
}

async function keysOfManifest(file: string): Promise<unknown[]> {
  const found = await findResults(file, '');
  const stages =
    found.kind === 'experiment'
      ? found.manifest.stages
      : found.manifest.cells.flatMap(({ runs }) => runs.flatMap((run) => run.stages));
  return stages.map(({ key }) => key);
}

async function keysOfAnalysis(file: string): Promise<unknown[]> {
  const { models } = JSON.parse((await readRegularFile(file)).toString()) as {
    readonly models: readonly { readonly key: unknown }[];
  };
  return models.map(({ key }) => key);
}

function unreadable(file: string, cause?: unknown): UserError {
  return new UserError('input', `${file} is damaged, or no file of results`, {
    hint: 'run the experiment again: it is made anew',
    where: { file },
    cause,
  });
}
