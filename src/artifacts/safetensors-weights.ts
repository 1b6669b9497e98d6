// A safetensors file as a source of weights: any dtype it may hold comes as float32 or int32.
import type { HostTensor } from '../engine/engine.ts';
import { SafetensorsFile } from './safetensors.ts';
import { toHostTensor } from './tensor-dtypes.ts';
import { UserError } from '../errors.ts';
import type { WeightsSource } from './weights.ts';

export async function openSafetensorsWeights(path: string): Promise<WeightsSource> {
  const file = await SafetensorsFile.open(path);
  return {
    form: 'safetensors',
    path,
    entries: file.header.entries,
    async read(name): Promise<HostTensor> {
      const entry = file.header.entries.get(name);
      if (entry === undefined) throw new UserError('input', `no tensor ${name}`, { where: { file: path } });
      return toHostTensor(entry.dtype, entry.shape, await file.bytes(entry));
    },
    close: () => file.close(),
  };
}
