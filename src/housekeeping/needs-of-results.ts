// What results stand on: the artifacts they were taken from, by what their files say, and the name of the experiment.
import { UserError } from '../errors.ts';
import { readRegularFile } from '../files/regular-file.ts';
import { diskError } from '../files/system-errors.ts';
import { findResults } from '../runner/read-results.ts';

export interface NeedsOfResults {
  readonly keys: ReadonlySet<string>;
  /** Of the experiment or sweep. */
  readonly names: ReadonlySet<string>;
}

/** `file`: a manifest.json or analysis.json. Throws UserError for one that cannot be read, or is of something else. */
export async function needsOfResults(file: string): Promise<NeedsOfResults> {
  try {
    const { keys, name } = file.endsWith('analysis.json') ? await ofAnalysis(file) : await ofManifest(file);
    if (keys.every((key) => typeof key === 'string')) return { keys: new Set(keys), names: new Set([name]) };
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw diskError(error, file) ?? unreadable(file, error);
  }
  throw unreadable(file);
}

interface Found {
  readonly keys: readonly unknown[];
  readonly name: string;
}

async function ofManifest(file: string): Promise<Found> {
  const found = await findResults(file, '');
  const [name, stages] =
    found.kind === 'experiment'
      ? [found.manifest.experiment, found.manifest.stages]
      : [found.manifest.sweep, found.manifest.cells.flatMap(({ runs }) => runs.flatMap((run) => run.stages))];
  return { name, keys: stages.map(({ key }) => key) };
}

async function ofAnalysis(file: string): Promise<Found> {
  const { experiment, models } = JSON.parse((await readRegularFile(file)).toString()) as {
    readonly experiment: string;
    readonly models: readonly { readonly key: unknown }[];
  };
  return { name: experiment, keys: models.map(({ key }) => key) };
}

function unreadable(file: string, cause?: unknown): UserError {
  return new UserError('input', `${file} is damaged, or no file of results`, {
    hint: 'run the experiment again: it is made anew',
    where: { file },
    cause,
  });
}
