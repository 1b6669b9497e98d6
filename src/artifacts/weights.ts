// What every form of weights file is opened as: names, shapes, and tensors read one at a time, so that memory stays
// near the largest of them.
import type { HostTensor } from '../engine/engine.ts';

export interface WeightsEntry {
  readonly shape: readonly number[];
  /** As the file names it: F32, HalfStorage, ... */
  readonly dtype: string;
}

export interface WeightsSource {
  readonly form: 'safetensors' | 'torch-zip' | 'torch-legacy' | 'sharded' | 'diffusers';
  readonly path: string;
  readonly entries: ReadonlyMap<string, WeightsEntry>;
  /** One tensor; floats of any width come as float32, integers as int32. Throws UserError('input'). */
  read(name: string): Promise<HostTensor>;
  close(): Promise<void>;
}
