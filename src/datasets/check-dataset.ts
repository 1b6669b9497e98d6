// Preflight: what of a data set is missing, told before any computing. Looks at names, counts and headers only; no
// image is read, so it takes seconds even for millions of files.
import { UserError } from '../errors.ts';
import { datasetKind } from './catalog.ts';
import type { DatasetConfig } from './catalog.ts';
import type { DatasetKind, Glance } from './dataset-kind.ts';
import { describePublished, publishedDatasets } from './published.ts';
import type { PublishedName } from './published.ts';

/** One thing that keeps a data set from being used. */
export interface Missing {
  /** Key of the configuration, e.g. `dataset.path`. */
  readonly key: string;
  /** What is wrong, with what was found instead. */
  readonly problem: string;
  /** What should be there. */
  readonly expected: string;
  /** What to do: from where, how large, under which licence. */
  readonly remedy: string;
}

export interface CheckOptions {
  /** Compare counts with those of `dataset.published` (if absent: yes); a smoke run on other images says no. */
  readonly counts?: boolean;
}

/** The published data set that a configuration is meant to be, if it says so. */
export function publishedOf(config: DatasetConfig): PublishedName | undefined {
  return 'published' in config ? config.published : undefined;
}

/** All that is missing; empty if the data set can be used as far as a glance tells. */
export async function checkDataset(config: DatasetConfig, options: CheckOptions = {}): Promise<Missing[]> {
  const kind = await datasetKind(config);
  if (kind.isInstalled) return [];
  const wrongKind = checkKind(config, kind);
  if (wrongKind !== undefined) return [wrongKind];
  let found: Glance;
  try {
    found = await kind.glance(config);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [missing(config, kind, keyOf(config, error), error.message, error.hint)];
  }
  return options.counts === false ? [] : checkCounts(config, kind, found);
}

/** Number of images as far as a glance tells: an upper bound; undefined where finding out would take long. Throws UserError as opening does. */
export async function glanceImages(config: DatasetConfig): Promise<number | undefined> {
  const { images, listed } = await (await datasetKind(config)).glance(config);
  return listed === undefined || images === undefined ? images : Math.min(images, listed);
}

type Kind = Pick<DatasetKind<DatasetConfig>, 'layout' | 'holdsAnyPublished'>;

function missing(
  config: DatasetConfig,
  { layout }: Kind,
  key: string,
  problem: string,
  hint?: string,
): Missing {
  const published = publishedOf(config);
  const source = published === undefined ? [] : [describePublished(published)];
  return {
    key,
    problem,
    expected: layout,
    remedy: [...(hint === undefined ? [] : [`${hint}.`]), ...source].join(' ') || `Set ${key}.`,
  };
}

/** The key whose file an error is about. */
function keyOf(config: DatasetConfig, { where }: UserError): string {
  const entries = Object.entries(config) as [string, unknown][];
  const named = entries.find(([key, value]) => key !== 'path' && value === where?.file);
  return `dataset.${named?.[0] ?? 'path'}`;
}

function checkKind(config: DatasetConfig, kind: Kind): Missing | undefined {
  const published = publishedOf(config);
  if (published === undefined) return undefined;
  const { title, kinds } = publishedDatasets[published];
  if (kinds.includes(config.kind) || kind.holdsAnyPublished) return undefined;
  const problem = `${title} is read as ${kinds.join(' or ')}, not as ${config.kind}`;
  return missing(config, kind, 'dataset.kind', problem, `set dataset.kind=${kinds[0]!}`);
}

function checkCounts(config: DatasetConfig, kind: Kind, found: Glance): Missing[] {
  if (!('published' in config)) return [];
  const { images, classes } = publishedDatasets[config.published];
  const short = (what: string, have: number | undefined, need: number | undefined): Missing[] => {
    if (have === undefined || need === undefined || have >= need) return [];
    const problem = `${config.path} holds ${have.toLocaleString('en')} ${what} of ${need.toLocaleString('en')}`;
    return [
      missing(config, kind, 'dataset.path', problem, 'complete the download, or leave out dataset.published'),
    ];
  };
  return [...short('images', found.images, images), ...short('classes', found.classes, classes)];
}
