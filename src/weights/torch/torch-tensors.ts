// Tensors as torch.save pickles them: views (offset, shape, strides in elements) into storages that lie elsewhere.
// Exactly `torch._utils._rebuild_tensor_v2`, `_rebuild_parameter`, `collections.OrderedDict` and `torch.*Storage` mean something.
import { sizeOf } from '../../engine/engine.ts';
import { addPairs } from './pickle-machine.ts';
import { PickleError } from './pickle-reader.ts';
import { PickleGlobal, PickleStub, type PickleMeaning, type PickleValue } from './pickle-values.ts';
import { safetensorsDtypes, type SafetensorsDtype } from '../safetensors/header.ts';
import type { OwnBytes } from '../tensor-dtypes.ts';
import type { WeightsEntry } from '../weights.ts';

const storageDtypes: Readonly<Record<string, SafetensorsDtype>> = {
  'torch.DoubleStorage': 'F64',
  'torch.FloatStorage': 'F32',
  'torch.HalfStorage': 'F16',
  'torch.BFloat16Storage': 'BF16',
  'torch.LongStorage': 'I64',
  'torch.IntStorage': 'I32',
  'torch.ShortStorage': 'I16',
  'torch.CharStorage': 'I8',
  'torch.ByteStorage': 'U8',
  'torch.BoolStorage': 'BOOL',
};

/** A run of numbers in the file, by its key. */
export class TorchStorage {
  readonly key: string;
  readonly dtype: SafetensorsDtype;
  /** Elements. */
  readonly length: number;
  constructor(key: string, dtype: SafetensorsDtype, length: number) {
    this.key = key;
    this.dtype = dtype;
    this.length = length;
  }
}

/** A view: element [i, j, ...] lies at offset + i strides[0] + j strides[1] + ... of the storage. */
export class TorchTensor implements WeightsEntry {
  readonly storage: TorchStorage;
  readonly dtype: SafetensorsDtype;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];

  /** Throws PickleError for views that leave their storage. */
  constructor(storage: TorchStorage, offset: number, shape: readonly number[], strides: readonly number[]) {
    this.storage = storage;
    this.dtype = storage.dtype;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
    if (shape.length !== strides.length) throw new PickleError('a tensor has more extents than strides');
    const size = sizeOf(shape);
    if (offset + this.span > storage.length)
      throw new PickleError(
        `a tensor of shape [${shape.join()}], strides [${strides.join()}] and offset ${offset} leaves its storage of ${storage.length}`,
      );
    // Strides of 0 make few bytes many; what is made of them stays small.
    if (!(size <= Math.max(storage.length, maxExpanded)))
      throw new PickleError(`a tensor of shape [${shape.join()}] is made of ${storage.length} numbers`);
  }

  /** Elements from the first to the last, both included. */
  get span(): number {
    if (this.shape.includes(0)) return 0;
    return this.shape.reduce((span, extent, axis) => span + (extent - 1) * this.strides[axis]!, 1);
  }
}

const maxExpanded = 2 ** 22;
const maxAxes = 64;

/** What a torch pickle's persistent ids and calls stand for; `storages` collects the storages by key. */
export function torchMeaning(storages: Map<string, TorchStorage>): PickleMeaning {
  return {
    persistent(id) {
      const storage = storageOf(id);
      if (storage instanceof PickleStub) return storage;
      const known = storages.get(storage.key);
      if (known === undefined) storages.set(storage.key, storage);
      else if (known.dtype !== storage.dtype || known.length !== storage.length)
        throw new PickleError('it describes one storage in two ways');
      return known ?? storage;
    },
    reduce({ name }, args) {
      return Object.hasOwn(calls, name) ? calls[name]!(args) : undefined;
    },
  };
}

/** The storage of a persistent id ('storage', type, key, device, elements[, view]); a stub for types without numbers. */
function storageOf(id: PickleValue): TorchStorage | PickleStub {
  if (Array.isArray(id) && id[0] === 'module') return new PickleStub('module'); // legacy: a class and its source
  if (!Array.isArray(id) || id[0] !== 'storage') throw new PickleError('a persistent id is no storage');
  const [, type, key, , length, view = null] = id as PickleValue[];
  if (!(type instanceof PickleGlobal)) return new PickleStub('storage');
  const dtype = Object.hasOwn(storageDtypes, type.name) ? storageDtypes[type.name] : undefined;
  if (dtype === undefined) return new PickleStub(type.name);
  if (typeof key !== 'string' || !isCount(length)) throw new PickleError('a storage is malformed');
  if (view !== null)
    throw new PickleError('it holds views of storages, as only very old versions wrote them');
  return new TorchStorage(key, dtype, length);
}

/** By Python name; undefined for what becomes a stub. */
const calls: Readonly<Record<string, (args: readonly PickleValue[]) => PickleValue>> = {
  'collections.OrderedDict': ([pairs = []]) => {
    if (!Array.isArray(pairs) || !pairs.every((pair) => Array.isArray(pair) && pair.length === 2))
      throw new PickleError('an OrderedDict is made of no pairs');
    return addPairs(new Map(), pairs.flat());
  },
  'torch._utils._rebuild_tensor_v2': ([storage, offset, shape, strides]) => {
    if (storage instanceof PickleStub) return undefined;
    if (!(storage instanceof TorchStorage) || !isCount(offset) || !areCounts(shape) || !areCounts(strides))
      throw new PickleError('a tensor is malformed');
    return new TorchTensor(storage, offset, [...shape], [...strides]);
  },
  'torch._utils._rebuild_parameter': ([tensor]) => {
    if (tensor instanceof TorchTensor) return tensor;
    if (tensor instanceof PickleStub) return undefined;
    throw new PickleError('a parameter is no tensor');
  },
};

function isCount(value: PickleValue): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function areCounts(value: PickleValue): value is number[] {
  return Array.isArray(value) && value.length <= maxAxes && value.every(isCount);
}

/** Numbers of a view in row-major order; `readElements(from, count)` gives the storage's bytes. */
export async function readTensor(
  tensor: TorchTensor,
  readElements: (from: number, count: number) => Promise<OwnBytes>,
): Promise<OwnBytes> {
  const { shape, strides, offset, span } = tensor;
  const bytes = await readElements(offset, span);
  if (isContiguous(shape, strides)) return bytes;
  const width = safetensorsDtypes[tensor.dtype];
  const dense = new Uint8Array(sizeOf(shape) * width);
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < dense.length; to += width) {
    for (let byte = 0; byte < width; byte++) dense[to + byte] = bytes[from * width + byte]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      from += strides[axis]!;
      if (index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return dense;
}

/** Whether the elements lie one after the other; strides of axes of extent 1 do not matter. */
function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] === 0) return true;
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}
