// Pretrained weights of a network, checked against its spec and written in our own form beside the stage's summary.
import path from 'node:path';
import { loadParams } from '../artifacts/load-params.ts';
import { writeSafetensors } from '../artifacts/safetensors.ts';
import { openWeights } from '../artifacts/weights-source.ts';
import type { HostTensors } from '../engine/engine.ts';
import type { ParamSpec } from '../nn/params.ts';
import type { CheckpointParams } from '../plan/stage-params.ts';
import { modelFiles } from './model-files.ts';

/**
 * Copies the weights that `specs` names into `folder`, as both weights and averaged weights: a checkpoint gives one
 * set. Throws UserError for files that are broken or do not fit.
 */
export async function copyWeights(
  folder: string,
  specs: readonly ParamSpec[],
  checkpoint: CheckpointParams,
): Promise<HostTensors> {
  const source = await openWeights(checkpoint.path);
  try {
    const { prefix, ema } = checkpoint;
    const { params } = await loadParams(source, specs, { ...(prefix !== undefined && { prefix }), ema });
    for (const file of Object.values(modelFiles)) await writeSafetensors(path.join(folder, file), params);
    return params;
  } finally {
    await source.close();
  }
}
