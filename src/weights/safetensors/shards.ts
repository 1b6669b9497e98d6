// Safetensors cut into shards: an index (`model.safetensors.index.json`) says which tensor lies in which file beside it.
import path from 'node:path';
import type { UserError } from '../../errors.ts';
import { repeatedJsonKey } from './header-json.ts';
import { openSafetensorsWeights } from './safetensors-weights.ts';
import { damagedFile, openWeightsFile, quoteName } from '../weights-file.ts';
import { noTensor, type WeightsEntry, type WeightsSource } from '../weights.ts';

const maxIndexBytes = 100_000_000;
/** Every shard stays open; more of them are a sign of damage. */
const maxShards = 512;

/** Opens the shards that the index at `indexPath` names. Throws UserError('input'). */
export async function openShardedWeights(indexPath: string): Promise<WeightsSource> {
  const names = await readIndex(indexPath);
  const shards = new Map<string, WeightsSource>();
  const close = async (): Promise<void> => {
    for (const shard of shards.values()) await shard.close();
  };
  try {
    const entries = new Map<string, WeightsEntry>();
    for (const [name, shardName] of names) {
      let shard = shards.get(shardName);
      if (shard === undefined) {
        shard = await openSafetensorsWeights(path.join(path.dirname(indexPath), shardName));
        shards.set(shardName, shard);
      }
      const entry = shard.entries.get(name);
      if (entry === undefined)
        throw damagedFile(indexPath, `${quoteName(name)} is not in ${shardName}, where the index has it`);
      entries.set(name, entry);
    }
    for (const [shardName, shard] of shards)
      for (const name of shard.entries.keys())
        if (names.get(name) !== shardName)
          throw damagedFile(
            indexPath,
            `${quoteName(name)} is in ${shardName}, but the index does not say so`,
          );
    return {
      form: 'sharded',
      path: indexPath,
      entries,
      read(name) {
        const shard = shards.get(names.get(name) ?? '');
        return shard === undefined ? Promise.reject(noTensor(indexPath, name)) : shard.read(name);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** File names of shards by tensor name. */
async function readIndex(indexPath: string): Promise<ReadonlyMap<string, string>> {
  const broken = (problem: string): UserError => damagedFile(indexPath, `as an index of shards, ${problem}`);
  const file = await openWeightsFile(indexPath);
  let text: string;
  try {
    if (file.size > maxIndexBytes) throw broken(`it is too large`);
    text = (await file.read(0, file.size)).toString();
  } finally {
    await file.close();
  }
  const map = weightMapOf(text);
  if (map === undefined) throw broken('it has no `weight_map` of names');
  const repeated = repeatedJsonKey(text);
  if (repeated !== undefined) throw broken(`${quoteName(repeated)} stands twice in it`);
  const names = new Map(Object.entries(map));
  for (const shard of names.values())
    if (/[/\\\0]/.test(shard) || shard === '..' || shard === '.' || shard === '')
      throw broken(`the shard ${quoteName(shard)} is not the name of a file beside it`);
  if (new Set(names.values()).size > maxShards) throw broken(`it names more than ${maxShards} files`);
  return names;
}

function weightMapOf(text: string): Record<string, string> | undefined {
  try {
    const { weight_map: map } = JSON.parse(text) as { weight_map?: unknown };
    const valid =
      typeof map === 'object' &&
      map !== null &&
      Object.values(map).every((shard) => typeof shard === 'string');
    return valid && !Array.isArray(map) ? (map as Record<string, string>) : undefined;
  } catch {
    return undefined;
  }
}
