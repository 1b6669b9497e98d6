// Which shards a path stands for, and what img2dataset has written beside them.
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { exists } from '../../../files/exists.ts';
import { readRegularFile } from '../../../files/regular-file.ts';
import { UserError } from '../../../errors.ts';
import { expandBraces } from './brace-pattern.ts';
import { compareCodePoints } from '../../image-files.ts';
import { orderedMap } from '../../ordered-map.ts';

export interface Shard {
  /** File name, which starts the names of its samples. */
  readonly name: string;
  readonly tar: string;
  /** The parquet file of the same name, where there is one. */
  readonly parquet?: string;
}

const looksAtOnce = 16;
const placeHint =
  'point dataset.path at the folder of shards, or write a pattern such as laion/{00000..00010}.tar';

/** All shards, in order. Throws UserError('input') that names those of a pattern which do not exist. */
export async function findShards(given: string): Promise<Shard[]> {
  const tars = await existingShards(given);
  const seen = new Set<string>();
  const names = tars.map((tar) => path.basename(tar));
  const twice = names.find((name) => seen.size === seen.add(name).size);
  if (twice !== undefined)
    throw new UserError('input', `two shards are named ${twice}`, {
      hint: 'sample names begin with the name of the shard: give shards different names',
    });
  const parquets = tars.map((tar) => beside(tar, '.parquet'));
  const present = await orderedMap(parquets, exists, { width: looksAtOnce });
  return tars.map((tar, i) => ({ name: names[i]!, tar, ...(present[i] && { parquet: parquets[i]! }) }));
}

/** How many images img2dataset says it has put into the shards; undefined where it does not say so of all. */
export async function statedImages(shards: readonly Shard[]): Promise<number | undefined> {
  const counts = await orderedMap(shards, ({ tar }) => statedSuccesses(beside(tar, '_stats.json')), {
    width: looksAtOnce,
  });
  return counts.reduce(
    (sum, count) => (sum === undefined || count === undefined ? undefined : sum + count),
    0,
  );
}

async function statedSuccesses(file: string): Promise<number | undefined> {
  try {
    const { successes } = JSON.parse((await readRegularFile(file)).toString()) as { successes?: unknown };
    return typeof successes === 'number' ? successes : undefined;
  } catch {
    return undefined; // not there, or cut off: only an estimate is lost
  }
}

function beside(tar: string, ending: string): string {
  return tar.replace(/\.tar$/, '') + ending;
}

async function existingShards(given: string): Promise<string[]> {
  const shards = await shardFiles(given);
  const present = await orderedMap(shards, exists, { width: looksAtOnce });
  const absent = shards.filter((_, i) => !present[i]);
  if (absent.length === 0) return shards;
  const more = absent.length > 3 ? ` and ${absent.length - 3} more` : '';
  const names = absent.slice(0, 3).join(', ');
  throw new UserError('input', `${absent.length} of ${shards.length} shards do not exist: ${names}${more}`, {
    hint: 'correct the range in dataset.path, or fetch the shards',
    where: { file: absent[0]! },
  });
}

/** The shards of a folder in code point order, those that a brace pattern names in its order, or one file. */
async function shardFiles(given: string): Promise<string[]> {
  const found = path.resolve(given);
  const shards = given.includes('{') ? expandBraces(found) : await shardsAt(found);
  if (shards.length === 0)
    throw new UserError('input', `no .tar files in ${found}`, { hint: placeHint, where: { file: found } });
  return shards;
}

async function shardsAt(found: string): Promise<string[]> {
  try {
    if ((await stat(found)).isFile()) return [found];
    const names = (await readdir(found)).filter((name) => name.endsWith('.tar')).sort(compareCodePoints);
    return names.map((name) => path.join(found, name));
  } catch (cause) {
    throw new UserError('input', `cannot read ${found}`, { hint: placeHint, where: { file: found }, cause });
  }
}
