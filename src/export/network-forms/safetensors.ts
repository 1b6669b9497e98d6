// Form `safetensors`: a network under the names of latent-diffusion's checkpoints, averaged weights beside those as
// trained where both are asked for, and the scale factor.
import { emaName } from '../../weights/ema-name.ts';
import { streamSafetensors, type PendingTensor } from '../../weights/safetensors/stream.ts';
import type { NetworkWriter } from './export-network.ts';

export const safetensorsWriter: NetworkWriter = async (
  { components },
  read,
  { output, scaleFactor },
  readAveraged,
) => {
  const tensors = components.flatMap(({ specs, prefix }) =>
    specs.flatMap(({ name, shape }): PendingTensor[] => [
      { name: prefix + name, shape, read: () => read(name) },
      ...(readAveraged ? [{ name: emaName(prefix + name), shape, read: () => readAveraged(name) }] : []),
    ]),
  );
  const scale =
    scaleFactor === undefined
      ? []
      : [{ name: 'scale_factor', shape: [], read: () => Promise.resolve(Float32Array.of(scaleFactor)) }];
  await streamSafetensors(output, [...tensors, ...scale], { format: 'pt' });
  return [output];
};
