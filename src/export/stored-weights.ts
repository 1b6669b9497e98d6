// The weights of a model in the artifact store, opened for a writer that takes one tensor at a time.
import path from 'node:path';
import { modelFiles } from '../stages/networks/model-files.ts';
import { openSafetensorsWeights } from '../weights/safetensors/safetensors-weights.ts';

/** A parameter by the name that the store has. */
export type ReadParam = (name: string) => Promise<Float32Array>;

/** Averaged, or as trained. */
export type WeightsSet = 'ema' | 'raw';

export interface StoredWeights {
  readonly read: ReadParam;
  readonly close: () => Promise<void>;
}

/** Opens one set of the weights of the artifact in `folder`. */
export async function openStoredWeights(folder: string, set: WeightsSet): Promise<StoredWeights> {
  const file = modelFiles[set === 'ema' ? 'ema' : 'weights'];
  const source = await openSafetensorsWeights(path.join(folder, file));
  return {
    read: async (name) => {
      const { data } = await source.read(name);
      return data instanceof Float32Array ? data : new Float32Array(data);
    },
    close: () => source.close(),
  };
}
