import { expect, it } from 'vitest';
import { emaName } from '../../src/weights/ema-name.ts';
import { unetComponent } from '../../src/weights/network-components.ts';
import { get, goldenJson, goldenWeights, relativeError } from '../support/golden.ts';
import { unetConfigFromLdm } from '../support/networks/ldm-config.ts';

it('finds the moving average of every parameter in the checkpoint', async () => {
  const { params } = goldenJson('unet-church/case.json') as { params: Record<string, unknown> };
  const { specs, prefix } = unetComponent(unetConfigFromLdm(params));
  const state = await goldenWeights('unet-church');
  expect(Object.keys(state).filter((name) => name.startsWith('model_ema.diffusion_model'))).toHaveLength(
    specs.length,
  );
  for (const { name, shape } of specs) {
    const average = get(state, emaName(prefix + name));
    expect(average.shape).toEqual(shape);
    // The golden checkpoint was made with averages 0.01 above the weights.
    const expected = Float64Array.from(get(state, prefix + name).data, (value) => value + 0.01);
    expect(relativeError(average.data, expected), name).toBeLessThan(1e-6);
  }
});
