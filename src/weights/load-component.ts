// The weights of one component of a model, its UNet say, from a checkpoint of any form, all of them or none.
import type { HostTensors } from '../engine/engine.ts';
import { openNetworkWeights } from './diffusers/diffusers-source.ts';
import { loadParams, type LoadOptions } from './load-params.ts';
import type { NetworkComponent } from './network-components.ts';

/**
 * Reads `component` from `file`, a weights file or a diffusers folder, by the names of its specs. Throws UserError for files
 * that are broken or do not fit.
 */
export async function loadComponent(
  { specs, prefix, diffusers, averaged }: NetworkComponent,
  file: string,
  ema: NonNullable<LoadOptions['ema']>,
): Promise<HostTensors> {
  const source = await openNetworkWeights(file, diffusers, prefix);
  try {
    return (await loadParams(source, specs, { prefix, ema: averaged ? ema : 'never' })).params;
  } finally {
    await source.close();
  }
}
