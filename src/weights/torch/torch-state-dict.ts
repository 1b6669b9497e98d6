// From a torch pickle to its tensors by name: the dictionary under `state_dict` where there is one, else the top level.
import { UserError } from '../../errors.ts';
import { unpickle } from './pickle.ts';
import { PickleError } from './pickle-reader.ts';
import type { PickleValue } from './pickle-values.ts';
import { TorchTensor, torchMeaning, type TorchStorage } from './torch-tensors.ts';
import { damagedFile, quoteName } from '../weights-file.ts';

/** Longest pickle that is read; the numbers of tensors lie outside it. */
export const maxPickleBytes = 2 ** 26;

/** A pickle, the byte after it, and the storages it refers to by key. */
export interface TorchPickle {
  readonly value: PickleValue;
  readonly end: number;
  readonly storages: ReadonlyMap<string, TorchStorage>;
}

/** Reads the pickle at `start` of a file's `bytes`. Throws UserError('input'). */
export function readTorchPickle(file: string, bytes: Buffer, start = 0): TorchPickle {
  const storages = new Map<string, TorchStorage>();
  try {
    return { ...unpickle(bytes, torchMeaning(storages), start), storages };
  } catch (error) {
    if (error instanceof PickleError) throw damagedFile(file, `in its pickle, ${error.message}`);
    throw error;
  }
}

/** Tensors by name. Throws UserError('input') where there are none. */
export function stateDictOf(file: string, value: PickleValue): ReadonlyMap<string, TorchTensor> {
  const top: ReadonlyMap<PickleValue, PickleValue> = value instanceof Map ? value : new Map();
  const inner = top.get('state_dict');
  const tensors = new Map<string, TorchTensor>();
  for (const [name, tensor] of inner instanceof Map ? (inner as typeof top) : top)
    if (typeof name === 'string' && tensor instanceof TorchTensor) tensors.set(name, tensor);
  if (tensors.size > 0) return tensors;
  const keys = [...top.keys()].filter((key) => typeof key === 'string').slice(0, 8);
  throw new UserError('input', `${file} holds no tensors by name`, {
    hint:
      keys.length > 0
        ? `save the state dict alone, or under the key \`state_dict\`; the file has ${keys.map(quoteName).join(', ')}`
        : 'save a state dict, not a whole module',
    where: { file },
  });
}
