// Which weights of a whole UNet are those of one with blocks taken out (removed-blocks.ts).
import { InvariantError } from '../../errors.ts';
import type { UNetConfig } from './unet-config.ts';
import { layerSpec } from './unet-layers.ts';
import { unetBlocks } from './unet-plan.ts';
import { unetSpec } from './unet.ts';

/** Of `weights` of the network `whole` those that `part` has, a UNet with fewer blocks of the same widths, under its names. */
export function weightsInPart<T>(
  whole: UNetConfig,
  part: UNetConfig,
  weights: Readonly<Record<string, T>>,
): Record<string, T> {
  const names = namesInWhole(whole, part);
  return Object.fromEntries(
    unetSpec(part).map(({ name }) => {
      const found = weights[names.get(name) ?? name];
      if (found === undefined) throw new InvariantError(`the whole network has no ${name}`);
      return [name, found];
    }),
  );
}

/** The name in `whole` of each parameter of `part`, but for the embedding of timesteps, which goes by one name in both. */
function namesInWhole(whole: UNetConfig, part: UNetConfig): ReadonlyMap<string, string> {
  const places = new Map(unetBlocks(whole).map((block) => [block.place, block]));
  const names = new Map<string, string>();
  for (const { place, layers } of unetBlocks(part)) {
    const origin = places.get(place);
    for (const [i, layer] of layers.entries()) {
      const theirs = origin?.layers[i] && layerSpec(origin.layers[i]);
      for (const [j, { name, shape }] of layerSpec(layer).entries()) {
        const found = theirs?.[j];
        if (found?.shape.join() !== shape.join())
          throw new InvariantError(`the whole network has nothing in place of ${name}`);
        names.set(name, found.name);
      }
    }
  }
  return names;
}
