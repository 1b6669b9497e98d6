// What every form of weights file is opened as: names, shapes, and tensors read one at a time, so that memory stays
// near the largest of them.
import type { HostTensor } from '../engine/engine.ts';
import { UserError } from '../errors.ts';
import type { SafetensorsDtype } from './safetensors/header.ts';
import { toHostTensor, type OwnBytes } from './tensor-dtypes.ts';
import { quoteName } from './weights-file.ts';

export interface WeightsEntry {
  readonly shape: readonly number[];
  readonly dtype: SafetensorsDtype;
}

export interface WeightsSource {
  readonly form: 'safetensors' | 'torch-zip' | 'torch-legacy' | 'sharded' | 'diffusers';
  readonly path: string;
  readonly entries: ReadonlyMap<string, WeightsEntry>;
  /** One tensor; floats of any width come as float32, integers as int32. Throws UserError('input'). */
  read(name: string): Promise<HostTensor>;
  close(): Promise<void>;
}

/** A source over one file, from its entries and a reader of their bytes (contiguous, row-major). */
export function weightsSource<E extends WeightsEntry>(
  form: WeightsSource['form'],
  path: string,
  entries: ReadonlyMap<string, E>,
  file: { readonly bytes: (entry: E) => Promise<OwnBytes>; readonly close: () => Promise<void> },
): WeightsSource {
  return {
    form,
    path,
    entries,
    async read(name) {
      const entry = entries.get(name);
      if (entry === undefined) throw noTensor(path, name);
      const tensor = toHostTensor(entry.dtype, entry.shape, await file.bytes(entry));
      if (tensor !== undefined) return tensor;
      throw new UserError('input', `${quoteName(name)} holds integers of more than 32 bits`, {
        hint: 'such a tensor is no parameter of a network that sdx knows',
        where: { file: path },
      });
    },
    close: file.close,
  };
}

/** The error for a name that a file does not have. */
export function noTensor(path: string, name: string): UserError {
  return new UserError('input', `there is no tensor ${quoteName(name)}`, {
    hint: 'check that the file is of the network that is configured, and its `prefix`',
    where: { file: path },
  });
}

/** The one number in the tensor `name`, such as `scale_factor`. Throws UserError('input') if it is none. */
export async function readScalar(source: WeightsSource, name: string): Promise<number> {
  const entry = source.entries.get(name);
  if (entry === undefined) throw noTensor(source.path, name);
  if (entry.shape.some((extent) => extent !== 1))
    throw new UserError(
      'input',
      `${quoteName(name)} has the shape [${entry.shape.join()}], not that of a number`,
      {
        where: { file: source.path },
      },
    );
  return Number((await source.read(name)).data[0]);
}
