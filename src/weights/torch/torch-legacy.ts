// Checkpoints of torch.save before PyTorch 1.6: five pickles one after the other (magic number, protocol version, byte
// order, the object, the keys of its storages), then for each key the number of elements (int64) and the elements.
import { safetensorsDtypes } from '../safetensors/header.ts';
import type { PickleValue } from './pickle-values.ts';
import { maxPickleBytes, readTorchPickle, stateDictOf, type TorchPickle } from './torch-state-dict.ts';
import { readTensor, type TorchStorage } from './torch-tensors.ts';
import { damagedFile, openWeightsFile, quoteName, type WeightsFile } from '../weights-file.ts';
import { weightsSource, type WeightsSource } from '../weights.ts';

const magic = 0x1950a86a20f9469cfc6cn;
const version = 1001;
const countBytes = 8;

/** Opens a checkpoint. Throws UserError('input') for what is damaged, hostile, or not of torch. */
export async function openTorchLegacy(path: string): Promise<WeightsSource> {
  const file = await openWeightsFile(path);
  try {
    const head = await file.read(0, Math.min(file.size, maxPickleBytes));
    let end = 0;
    const next = (): TorchPickle => {
      const pickle = readTorchPickle(path, head, end);
      end = pickle.end;
      return pickle;
    };
    if (next().value !== magic)
      throw damagedFile(path, 'it is a pickle, but not of torch.save', 'save the state dict with torch.save');
    if (next().value !== version) throw damagedFile(path, `its format is not version ${version}`);
    const system = next().value;
    if (!(system instanceof Map) || system.get('little_endian') !== true)
      throw damagedFile(
        path,
        'its numbers are not little-endian',
        'save it again on a little-endian machine',
      );
    const { value, storages } = next();
    const tensors = stateDictOf(path, value);
    const starts = await locate(file, { keys: next().value, storages, from: end });
    for (const [name, { storage }] of tensors)
      if (!starts.has(storage.key)) throw damagedFile(path, `the numbers of ${quoteName(name)} are missing`);
    return weightsSource('torch-legacy', path, tensors, {
      bytes: (tensor) =>
        readTensor(tensor, (from, count) => {
          const width = safetensorsDtypes[tensor.dtype];
          return file.read(starts.get(tensor.storage.key)! + from * width, count * width);
        }),
      close: () => file.close(),
    });
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Where the elements of each storage start. They lie one after the other in the order of `keys`. */
async function locate(
  file: WeightsFile,
  layout: {
    readonly keys: PickleValue;
    readonly storages: ReadonlyMap<string, TorchStorage>;
    readonly from: number;
  },
): Promise<ReadonlyMap<string, number>> {
  const { keys, storages } = layout;
  if (!Array.isArray(keys)) throw damagedFile(file.path, 'it has no list of its storages');
  const starts = new Map<string, number>();
  let at = layout.from;
  for (const key of keys as PickleValue[]) {
    const storage = storages.get(String(key));
    if (storage === undefined || starts.has(storage.key))
      throw damagedFile(file.path, 'its list of storages does not fit its tensors');
    const count = (await file.read(at, countBytes)).readBigInt64LE();
    if (count !== BigInt(storage.length))
      throw damagedFile(
        file.path,
        `a storage of ${storage.length} elements says that it has ${String(count)}`,
      );
    starts.set(storage.key, at + countBytes);
    at += countBytes + storage.length * safetensorsDtypes[storage.dtype];
  }
  if (at > file.size) throw damagedFile(file.path, `it ends at byte ${file.size}, before byte ${at}`);
  return starts;
}
