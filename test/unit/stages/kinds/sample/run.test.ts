// The stage `sample`: what guidance does to its images, against predictions that are made one by one.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { packFiles } from '../../../../../src/datasets/pack.ts';
import type { Prediction } from '../../../../../src/diffusion/prediction.ts';
import { samplers, type SamplerName } from '../../../../../src/diffusion/samplers.ts';
import { scaledLinearSchedule } from '../../../../../src/diffusion/schedule.ts';
import type { Engine } from '../../../../../src/engine/engine.ts';
import { onnxEngine } from '../../../../../src/engine/onnx/engine.ts';
import { conditionerSpec, contextOf } from '../../../../../src/models/conditioner/conditioner.ts';
import type { ConditionerConfig } from '../../../../../src/models/conditioner/conditioner-config.ts';
import type { UNetConfig } from '../../../../../src/models/unet/unet-config.ts';
import { unet, unetSpec } from '../../../../../src/models/unet/unet.ts';
import { batchNormal } from '../../../../../src/rng/noise.ts';
import { toPixels } from '../../../../../src/stages/rows/pixels.ts';
import { sample } from '../../../../../src/stages/kinds/sample/describe.ts';
import type { SampleParams } from '../../../../../src/stages/describing/sampling-settings.ts';
import { sampleStage } from '../../../../../src/stages/kinds/sample/run.ts';
import type { Artifact } from '../../../../../src/stages/stage.ts';
import { plainUnet } from '../../../../support/networks/plain-unet.ts';
import { startedParams } from '../../../../support/networks/started-params.ts';
import { smallExperiment } from '../../../../support/experiments/small-experiment.ts';
import { runStage, stageContext } from '../../../../support/stages/stage-context.ts';
import { artifactIn, trainedInputs } from '../../../../support/stages/trained-inputs.ts';
import { writePack } from '../../../../support/stages/written-pack.ts';
import { folderPerFile } from '../../../../support/temporary-folder.ts';

const side = 4;
const count = 2;
const conditioner: ConditionerConfig = { kind: 'class', classes: 2, width: 8 };
const network: UNetConfig = {
  ...plainUnet,
  imageSize: side,
  inChannels: 3,
  outChannels: 3,
  modelChannels: 32,
  attentionResolutions: [1],
  numResBlocks: 1,
  channelMult: [1],
  numHeads: 2,
  spatialTransformer: { depth: 1, contextDim: 8 },
};
const weights = startedParams([...unetSpec(network), ...conditionerSpec(conditioner)]);
const latentSize = 3 * side * side;

const inFolder = folderPerFile();
const engine: Engine = onnxEngine({ threads: 1 });
let inputs: Readonly<Record<string, Artifact>>;

beforeAll(async () => {
  inputs = {
    ...(await trainedInputs(inFolder(), weights)),
    dataset: artifactIn(inFolder('dataset')),
  };
  const images = [0, 1].map(() => new Uint8Array(3 * side * side));
  const classes = { classNames: ['cat', 'dog'], classes: [0, 1] };
  await writePack(inputs['dataset']!.dir, side, images, classes);
});

function params(guidanceScale: number, prediction?: Prediction, sampler?: SamplerName): SampleParams {
  return {
    model: 'teacher',
    unet: network,
    conditioning: { network: conditioner, dropRate: 0.1 },
    latentShape: [3, side, side],
    diffusion: { ...smallExperiment.diffusion, ...(prediction && { prediction }) },
    sample: {
      ...smallExperiment.sample,
      ...(sampler && { sampler }),
      steps: 4,
      count,
      batchSize: 2,
      guidanceScale,
      gridColumns: 2,
      gridRows: 1,
    },
  };
}

/** Images and summary of the stage. */
async function drawn(settings: SampleParams) {
  const context = await stageContext({ folder: inFolder(), inputs }, settings, {
    engine: () => Promise.resolve(engine),
  });
  const summary = await runStage(sample, sampleStage, context);
  return { summary, images: await readFile(path.join(context.outputDir, packFiles.images)) };
}

/** The images of the stage. */
async function sampled(guidanceScale: number, prediction?: Prediction): Promise<Uint8Array> {
  return (await drawn(params(guidanceScale, prediction))).images;
}

/** The same images by the definition: a prediction with the class, and one without, apart from each other. */
async function byDefinition(
  scale: number,
  prediction?: Prediction,
  sampler: SamplerName = 'ddim',
): Promise<Uint8Array> {
  const { diffusion, sample } = params(scale);
  const { alphaBar } = scaledLinearSchedule(diffusion);
  const shape = [count, 3, side, side];
  const noClass = new Array<number>(count).fill(2);
  const program = await engine.compile(
    ({ constants, inputs: { x, t, ids } }) => {
      const context = contextOf(constants, conditioner, ids!);
      return { outputs: { epsilon: unet(constants, network, x!, t!, { context }).output } };
    },
    {
      constants: weights,
      inputs: {
        x: { shape, dtype: 'float32' },
        t: { shape: [count], dtype: 'float32' },
        ids: { shape: [count, 1], dtype: 'int32' },
      },
    },
  );
  const predict = async (x: Float32Array, timestep: number, ids: readonly number[]) => {
    const { epsilon } = await program.run({
      x: { shape, dtype: 'float32', data: x },
      t: { shape: [count], dtype: 'float32', data: new Float32Array(count).fill(timestep) },
      ids: { shape: [count, 1], dtype: 'int32', data: Int32Array.from(ids) },
    });
    return (epsilon!.data as Float32Array).slice();
  };
  const x0 = await samplers[sampler].sample({
    schedule: scaledLinearSchedule(diffusion),
    steps: sample.steps,
    eta: 0,
    xT: batchNormal(7, 'sample', 0, [0, 1], latentSize),
    noise: (index) => batchNormal(7, 'sample', index + 1, [0, 1], latentSize),
    predictEpsilon: async (x, timestep) => {
      const without = await predict(x, timestep, noClass);
      const given = await predict(x, timestep, [0, 1]);
      const output = without.map((value, i) => value + scale * (given[i]! - value));
      if (prediction !== 'v') return output;
      const [signal, noise] = [Math.sqrt(alphaBar[timestep]!), Math.sqrt(1 - alphaBar[timestep]!)];
      return output.map((v, i) => noise * x[i]! + signal * v);
    },
  });
  return toPixels(x0, side);
}

function largestDifference(a: Uint8Array, b: Uint8Array): number {
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
}

it.each([0, 1, 3])('guides away from the prediction without a class: scale %d', async (scale) => {
  expect(largestDifference(await sampled(scale), await byDefinition(scale))).toBeLessThanOrEqual(1);
});

it.each([1, 3])('takes what the network gives for v where it was trained so: scale %d', async (scale) => {
  const images = await sampled(scale, 'v');
  expect(largestDifference(images, await byDefinition(scale, 'v'))).toBeLessThanOrEqual(1);
  expect(largestDifference(images, await sampled(scale))).toBeGreaterThan(20);
});

it('shows the class: swapped halves would give other images', async () => {
  const swapped = await byDefinition(1 - 3); // given + 3 (without - given)
  expect(largestDifference(await sampled(3), swapped)).toBeGreaterThan(20);
});

describe('another sampler', () => {
  let ddim: Promise<Uint8Array> | undefined;
  const byDdim = (): Promise<Uint8Array> => (ddim ??= sampled(1));

  it.each([
    ['dpm-solver++', { name: 'DPM-Solver++(2M)', steps: 4, eta: null }],
    ['heun', { name: 'Heun', steps: 4, evaluations: 7, eta: null }],
    ['ancestral', { name: 'ancestral', steps: 4, eta: null }],
  ] as const)('draws by %s where it is told so, and says it', async (sampler, told) => {
    const { summary, images } = await drawn(params(1, undefined, sampler));
    expect(summary.sampler).toEqual({ ...told, guidanceScale: 1, weights: 'ema' });
    expect(largestDifference(images, await byDefinition(1, undefined, sampler))).toBeLessThanOrEqual(1);
    expect(largestDifference(images, await byDdim())).toBeGreaterThan(1);
  });

  it('draws by DDIM where it is told so, as where it is told nothing', async () => {
    const { summary, images } = await drawn(params(1, undefined, 'ddim'));
    expect(summary.sampler).toEqual({ name: 'DDIM', steps: 4, eta: 0, guidanceScale: 1, weights: 'ema' });
    expect(images).toEqual(await byDdim());
  });
});
