// What training finds beside what it should: closed forms on small fields.
import { describe, expect, it } from 'vitest';
import { sizeOf } from '../../../../src/engine/engine.ts';
import { onnxEngine } from '../../../../src/engine/onnx/engine.ts';
import { scaledLinearSchedule } from '../../../../src/diffusion/schedule.ts';
import { measureExcess } from '../../../../src/figures/wiener/field-unet.ts';
import { fieldPower, kernelOf, ringMeans } from '../../../../src/figures/wiener/fields.ts';
import { judgeFilter, trainLinearFilter } from '../../../../src/figures/wiener/linear-filter.ts';
import { printedResponse, wienerResponse } from '../../../../src/figures/wiener/responses.ts';
import { fieldUNet } from '../../../../src/figures/wiener/settings.ts';
import { unetSpec } from '../../../../src/models/unet/unet.ts';

const size = 8;
const alphaBar = 0.5;
const engine = onnxEngine();

describe('a linear filter', () => {
  const levels = Array.from(fieldPower(size), (power) => ({ power, alphaBar }));
  const filter = (of: typeof wienerResponse) => kernelOf(Float64Array.from(levels, of), size);

  it('has no excess as the Wiener filter, and that of 1 - gain as none at all', () => {
    expect(judgeFilter(filter(wienerResponse), size, alphaBar).relativeExcess).toBeLessThan(1e-20);
    const { excess, optimum } = judgeFilter(new Float64Array(size ** 2), size, alphaBar);
    for (const [ring, value] of excess.entries()) expect(value + optimum[ring]!).toBeCloseTo(1, 10);
  });

  it('learns the Wiener filter and not the formula as printed', async () => {
    const training = { steps: 300, batchSize: 32, learningRate: 0.03, emaDecay: 0.98 };
    const trained = await trainLinearFilter({ engine, training, size, alphaBar, seed: 0 });
    expect(trained.relativeExcess).toBeLessThan(0.01);
    expect(judgeFilter(filter(printedResponse), size, alphaBar).relativeExcess).toBeGreaterThan(0.05);
  });
});

describe('a UNet', () => {
  it('that says nothing misses all of the best prediction', async () => {
    const schedule = { linearStart: 0.0015, linearEnd: 0.0195, timesteps: 1000 };
    const t = 400;
    const config = fieldUNet(size, 2);
    const silent = Object.fromEntries(
      unetSpec(config).map(({ name, shape }) => [
        name,
        { shape, dtype: 'float32' as const, data: new Float32Array(sizeOf(shape)) },
      ]),
    );
    const training = { steps: 0, batchSize: 64, learningRate: 0, emaDecay: 0 };
    const task = { engine, schedule, training, config, seed: 0, timesteps: [t], fields: 256 };
    const [excess] = await measureExcess(task, silent);
    const left = scaledLinearSchedule(schedule).alphaBar[t]!;
    const { excess: expected } = judgeFilter(new Float64Array(size ** 2), size, left);
    for (const [ring, value] of ringMeans(excess!, size).entries()) {
      expect(value / expected[ring]!).toBeGreaterThan(0.75);
      expect(value / expected[ring]!).toBeLessThan(1.25);
    }
  });
});
