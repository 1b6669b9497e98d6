// Pretrained weights of a network, checked against its spec and written in our own form beside the stage's summary.
import path from 'node:path';
import { diffusersScaleFactor, isDiffusersFolder } from '../../weights/diffusers/diffusers-source.ts';
import { loadComponent } from '../../weights/load-component.ts';
import type { NetworkComponent } from '../../weights/network-components.ts';
import { writeSafetensors } from '../../weights/safetensors/safetensors.ts';
import { openWeights } from '../../weights/weights-source.ts';
import type { HostTensor, HostTensors } from '../../engine/engine.ts';
import { UserError } from '../../errors.ts';
import type { CheckpointParams } from '../params.ts';
import { modelFiles } from './model-files.ts';

/**
 * Copies the weights of all `components` into `folder`, as both weights and averaged weights: a checkpoint gives one set.
 * Throws UserError for files that are broken or do not fit.
 */
export async function copyWeights(
  folder: string,
  components: readonly NetworkComponent[],
  { path: file, ema }: Pick<CheckpointParams, 'path' | 'ema'>,
): Promise<HostTensors> {
  const params: Record<string, HostTensor> = {};
  for (const component of components) Object.assign(params, await loadComponent(component, file, ema));
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
