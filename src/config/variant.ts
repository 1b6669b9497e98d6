// Results of an experiment with changes get a folder of their own below that of the experiment, named after the changes.
import { createHash } from 'node:crypto';
import { experimentDigest, loadExperiment, namingKeys, type LoadedExperiment } from './load.ts';
import { ExperimentError } from './problem.ts';
import path from 'node:path';

/** Longer names are cut, and end in a digest. */
const longest = 80;
const digestLength = 8;

/**
 * The folder for what `loaded` gives with `changes` (`key.key=value`); undefined where they change nothing that it asks for, and
 * where they give it another name.
 */
export async function variantOf(
  { file, digest }: LoadedExperiment,
  changes: readonly string[],
): Promise<string | undefined> {
  const asking = changes.filter((change) => !namingKeys.has(topKey(change)));
  if (asking.length === 0 || changes.some((change) => topKey(change) === 'name')) return undefined;
  return (await digestWithout(file, changes, asking)) === digest ? undefined : variantName(asking);
}

/** The digest of the experiment without the changes `asking`; undefined where it is none without them. */
async function digestWithout(
  file: string,
  changes: readonly string[],
  asking: readonly string[],
): Promise<string | undefined> {
  try {
    const { config } = await loadExperiment(
      file,
      changes.filter((change) => !asking.includes(change)),
    );
    return experimentDigest(config, path.dirname(file));
  } catch (error) {
    if (error instanceof ExperimentError) return undefined;
    throw error;
  }
}

/** `distill.steps=4000,seed=1`: the changes by their keys, of each key the last; a digest tells apart what cannot be in a name. */
function variantName(changes: readonly string[]): string {
  const byKey = new Map(changes.map((change) => [change.slice(0, change.indexOf('=')), change.trim()]));
  const whole = [...byKey.keys()]
    .sort()
    .map((key) => byKey.get(key)!)
    .join(',');
  const plain = whole.replaceAll(/[^A-Za-z0-9._=,+-]+/g, '-');
  if (plain === whole && plain.length <= longest) return plain;
  const digest = createHash('sha256').update(whole).digest('hex').slice(0, digestLength);
  return `${plain.slice(0, longest - digestLength - 1).replace(/[-.]+$/, '')}-${digest}`;
}

function topKey(change: string): string {
  return change.split(/[.=]/, 1)[0]!;
}
