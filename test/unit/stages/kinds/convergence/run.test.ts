// The stage `convergence`: the errors of samplers, against latents that are drawn apart from it.
import { beforeAll, expect, it } from 'vitest';
import { samplers, type SamplerName } from '../../../../../src/diffusion/samplers.ts';
import { scaledLinearSchedule } from '../../../../../src/diffusion/schedule.ts';
import type { Engine } from '../../../../../src/engine/engine.ts';
import { onnxEngine } from '../../../../../src/engine/onnx/engine.ts';
import { unet, unetSpec } from '../../../../../src/models/unet/unet.ts';
import { batchNormal } from '../../../../../src/rng/noise.ts';
import {
  convergence,
  type ConvergenceParams,
  type ConvergenceSummary,
} from '../../../../../src/stages/kinds/convergence/describe.ts';
import { convergenceStage } from '../../../../../src/stages/kinds/convergence/run.ts';
import type { Artifact } from '../../../../../src/stages/stage.ts';
import { smallExperiment } from '../../../../support/experiments/small-experiment.ts';
import { pixelUnet } from '../../../../support/networks/pixel-unet.ts';
import { startedParams } from '../../../../support/networks/started-params.ts';
import { runStage, stageContext } from '../../../../support/stages/stage-context.ts';
import { trainedInputs } from '../../../../support/stages/trained-inputs.ts';
import { folderPerFile } from '../../../../support/temporary-folder.ts';

const side = 4;
const size = 3 * side * side;
const count = 3;
const seed = 7;
const network = pixelUnet;
const weights = startedParams(unetSpec(network));

const inFolder = folderPerFile();
const engine: Engine = onnxEngine({ threads: 1 });
let inputs: Readonly<Record<string, Artifact>>;
let summary: Promise<ConvergenceSummary> | undefined;

beforeAll(async () => {
  inputs = await trainedInputs(inFolder(), weights);
});

async function measured(batchSize: number) {
  const params: ConvergenceParams = {
    model: 'sd',
    unet: network,
    latentShape: [3, side, side],
    diffusion: smallExperiment.diffusion,
    sample: { ...smallExperiment.sample, sampler: 'heun', steps: 4, count, batchSize },
    samplers: ['ddim', 'heun'],
    steps: [2, 4],
  };
  const context = await stageContext({ folder: inFolder(), inputs }, params, {
    engine: () => Promise.resolve(engine),
  });
  return runStage(convergence, convergenceStage, context);
}

/** In batches of two. */
const inTwos = (): Promise<ConvergenceSummary> => (summary ??= measured(2));

/** Latents of all samples. */
async function drawn(sampler: SamplerName, steps: number): Promise<Float32Array> {
  const shape = [count, 3, side, side];
  const program = await engine.compile(
    ({ constants, inputs: { x, t } }) => ({ outputs: { epsilon: unet(constants, network, x!, t!).output } }),
    {
      constants: weights,
      inputs: { x: { shape, dtype: 'float32' }, t: { shape: [count], dtype: 'float32' } },
    },
  );
  const x0 = await samplers[sampler].sample({
    schedule: scaledLinearSchedule(smallExperiment.diffusion),
    ...{ steps, eta: 0 },
    xT: batchNormal(seed, 'sample', 0, [0, 1, 2], size),
    noise: () => new Float32Array(count * size),
    predictEpsilon: async (x, timestep) => {
      const { epsilon } = await program.run({
        x: { shape, dtype: 'float32', data: x },
        t: { shape: [count], dtype: 'float32', data: new Float32Array(count).fill(timestep) },
      });
      return (epsilon!.data as Float32Array).slice();
    },
  });
  await program.dispose();
  return x0;
}

it('tells how far few steps are from many, sample by sample', async () => {
  const { errors: found, ...told } = await inTwos();
  expect(told).toEqual({
    ...{ count, weights: 'ema' },
    reference: { sampler: 'heun', steps: 4, evaluations: 7 },
  });
  expect(found.map(({ sampler, steps, evaluations }) => [sampler, steps, evaluations])).toEqual([
    ['ddim', 2, 2],
    ['ddim', 4, 4],
    ['heun', 2, 3],
    ['heun', 4, 7],
  ]);
  const [few, many] = [await drawn('ddim', 2), await drawn('heun', 4)];
  const length = (values: Float32Array): number => Math.hypot(...values);
  const errors = Array.from({ length: count }, (_, i) => {
    const of = (latents: Float32Array) => latents.subarray(i * size, (i + 1) * size);
    return length(of(few).map((value, at) => value - of(many)[at]!)) / length(of(many));
  });
  const mean = errors.reduce((sum, error) => sum + error, 0) / count;
  const [ddim] = found;
  expect(ddim!.mean).toBeGreaterThan(0.01);
  expect(ddim!.mean).toBeCloseTo(mean, 5);
  expect(ddim!.sd).toBeCloseTo(
    Math.sqrt(errors.reduce((sum, error) => sum + (error - mean) ** 2, 0) / (count - 1)),
    5,
  );
  expect(found.at(-1)).toMatchObject({ mean: 0, sd: 0 }); // the reference itself
});

it('tells the same whatever the batch size', async () => {
  const inPairs = await inTwos();
  const { errors } = await measured(3);
  for (const [i, { mean }] of errors.entries()) expect(mean).toBeCloseTo(inPairs.errors[i]!.mean, 5);
});
