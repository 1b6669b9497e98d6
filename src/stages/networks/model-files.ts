// Files of a trained or loaded network, and how they are read back.
import path from 'node:path';
import { readSafetensors } from '../../weights/safetensors/safetensors.ts';
import type { HostTensors } from '../../engine/engine.ts';
import type { Artifact } from '../stage.ts';

export const modelFiles = { weights: 'weights.safetensors', ema: 'ema.safetensors' } as const;

/** The weights of an artifact, by parameter name; `ema` for the moving average. */
export async function readModel(artifact: Artifact, which: keyof typeof modelFiles): Promise<HostTensors> {
  return (await readSafetensors(path.join(artifact.dir, modelFiles[which]))).tensors;
}
