// A safetensors file as a source of weights: any dtype it may hold comes as float32 or int32.
import { SafetensorsFile } from './safetensors.ts';
import { weightsSource, type WeightsSource } from '../weights.ts';

/** Opens one file. Throws UserError('input') if it is not a valid one. */
export async function openSafetensorsWeights(path: string): Promise<WeightsSource> {
  const file = await SafetensorsFile.open(path);
  return weightsSource('safetensors', path, file.header.entries, {
    bytes: (entry) => file.bytes(entry),
    close: () => file.close(),
  });
}
