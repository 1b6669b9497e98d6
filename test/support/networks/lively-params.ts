// Random weights for tests that compare what networks compute.
import type { HostTensor } from '../../../src/engine/engine.ts';
import { initParams } from '../../../src/models/init-params.ts';
import type { ParamSpec } from '../../../src/nn/params.ts';
import { normal } from '../../../src/rng/noise.ts';

type FloatTensor = HostTensor & { readonly data: Float32Array };

/** No parameter stays at zero, or half of the network would go unseen; norms scale by about 1. */
export function livelyParams(specs: readonly ParamSpec[]): Readonly<Record<string, FloatTensor>> {
  const draw = (name: string, n: number) => normal(1, name, 0, 0, n);
  const started = initParams(specs, { uniform: draw, normal: draw });
  return Object.fromEntries(
    Object.entries(started).map(([name, tensor]) => [
      name,
      {
        ...tensor,
        data: draw(name, tensor.data.length).map((x) => 0.1 * x + (name.endsWith('norm.weight') ? 1 : 0)),
      },
    ]),
  );
}
