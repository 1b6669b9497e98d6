// Pretrained weights of a network, checked against its spec and written in our own form beside the stage's summary.
import path from 'node:path';
import type { DiffusersNetwork } from '../../weights/diffusers/names.ts';
import {
  diffusersScaleFactor,
  isDiffusersFolder,
  openNetworkWeights,
} from '../../weights/diffusers/diffusers-source.ts';
import { loadParams } from '../../weights/load-params.ts';
import { writeSafetensors } from '../../weights/safetensors/safetensors.ts';
import { openWeights } from '../../weights/weights-source.ts';
import type { HostTensor, HostTensors } from '../../engine/engine.ts';
import { UserError } from '../../errors.ts';
import type { ParamSpec } from '../../nn/params.ts';
import type { CheckpointParams } from '../../plan/stage-params.ts';
import { modelFiles } from './model-files.ts';

/** A network within a checkpoint: its parameters, and how their names start there. */
export interface NetworkPart {
  readonly specs: readonly ParamSpec[];
  readonly prefix: string;
  /** How a diffusers folder names it; absent for what diffusers do not have. */
  readonly diffusers?: DiffusersNetwork;
  /** Set for parts of which checkpoints keep no moving average (latent-diffusion's embedders). */
  readonly neverAveraged?: boolean;
}

/**
 * Copies the weights of all `parts` into `folder`, as both weights and averaged weights: a checkpoint gives one set.
 * Throws UserError for files that are broken or do not fit.
 */
export async function copyWeights(
  folder: string,
  parts: readonly NetworkPart[],
  { path: file, ema }: Pick<CheckpointParams, 'path' | 'ema'>,
): Promise<HostTensors> {
  const params: Record<string, HostTensor> = {};
  for (const { specs, prefix, diffusers, neverAveraged } of parts) {
    if (specs.length === 0) continue;
    const source = await openNetworkWeights(file, diffusers, prefix);
    try {
      Object.assign(
        params,
        (await loadParams(source, specs, { prefix, ema: neverAveraged ? 'never' : ema })).params,
      );
    } finally {
      await source.close();
    }
  }
  for (const name of Object.values(modelFiles)) await writeSafetensors(path.join(folder, name), params);
  return params;
}

/** The buffer `scale_factor` of a latent-diffusion checkpoint, or a diffusers folder's `scaling_factor`. Throws UserError where there is none. */
export async function loadScaleFactor(file: string): Promise<number> {
  if (await isDiffusersFolder(file)) return diffusersScaleFactor(file);
  const source = await openWeights(file);
  try {
    if (!source.entries.has('scale_factor'))
      throw new UserError('input', 'the checkpoint holds no scale_factor', {
        hint: 'set autoencoder.scaleFactor to a number, or to `auto`',
        where: { file },
      });
    return (await source.read('scale_factor')).data[0]!;
  } finally {
    await source.close();
  }
}
