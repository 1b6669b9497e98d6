// The stage `trajectory`: it ends in the samples that the stage `sample` draws, and its gates are the network's.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { packFiles } from '../../../../../src/datasets/pack.ts';
import { ddimTimesteps } from '../../../../../src/diffusion/schedule.ts';
import type { Engine } from '../../../../../src/engine/engine.ts';
import { onnxEngine } from '../../../../../src/engine/onnx/engine.ts';
import { SpectrumAccumulator } from '../../../../../src/metrics/spectra.ts';
import type { UNetConfig } from '../../../../../src/models/unet/unet-config.ts';
import { gatedModules, unet, unetSpec } from '../../../../../src/models/unet/unet.ts';
import { bandMeans } from '../../../../../src/models/wavelet/wavelet-gating.ts';
import { batchNormal } from '../../../../../src/rng/noise.ts';
import { sample } from '../../../../../src/stages/kinds/sample/describe.ts';
import { sampleStage } from '../../../../../src/stages/kinds/sample/run.ts';
import { trajectory, type TrajectoryParams } from '../../../../../src/stages/kinds/trajectory/describe.ts';
import { evenIndices, trajectoryStage } from '../../../../../src/stages/kinds/trajectory/run.ts';
import { toPlanes } from '../../../../../src/stages/rows/pixels.ts';
import type { Artifact } from '../../../../../src/stages/stage.ts';
import { pixelUnet } from '../../../../support/networks/pixel-unet.ts';
import { startedParams } from '../../../../support/networks/started-params.ts';
import { smallExperiment } from '../../../../support/experiments/small-experiment.ts';
import { runStage, stageContext } from '../../../../support/stages/stage-context.ts';
import { trainedInputs } from '../../../../support/stages/trained-inputs.ts';
import { folderPerFile } from '../../../../support/temporary-folder.ts';

const side = 4;
const count = 3;
const steps = 4;
const network: UNetConfig = { ...pixelUnet, waveletGating: true };
const weights = startedParams(unetSpec(network));
const seed = 7;

const inFolder = folderPerFile();
const engine: Engine = onnxEngine({ threads: 1 });
let inputs: Readonly<Record<string, Artifact>>;

beforeAll(async () => {
  inputs = await trainedInputs(inFolder(), weights);
});

const params = (batchSize: number): TrajectoryParams => ({
  model: 'sd',
  unet: network,
  latentShape: [3, side, side],
  diffusion: smallExperiment.diffusion,
  sample: { ...smallExperiment.sample, steps, count, batchSize, gridColumns: 3, gridRows: 1 },
  frames: 2,
  shown: 2,
});

async function watched(batchSize: number) {
  const context = await stageContext({ folder: inFolder(), inputs }, params(batchSize), {
    engine: () => Promise.resolve(engine),
  });
  const summary = await runStage(trajectory, trajectoryStage, context);
  return { summary, pictures: await readFile(path.join(context.outputDir, summary.pictures)) };
}

it('ends in the samples that are drawn, and tells their spectrum', async () => {
  const { summary, pictures } = await watched(2);
  expect(summary).toMatchObject({ count, frames: [0, 3], size: side, shown: 2, weights: 'ema' });
  expect(summary.timesteps).toEqual(ddimTimesteps(smallExperiment.diffusion.timesteps, steps).reverse());
  const context = await stageContext(
    { folder: inFolder(), inputs },
    { ...params(3), frames: undefined },
    {
      engine: () => Promise.resolve(engine),
    },
  );
  await runStage(sample, sampleStage, context);
  const drawn = await readFile(path.join(context.outputDir, packFiles.images));
  const area = side * side * 3;
  expect(pictures).toHaveLength(2 * 3 * area);
  for (const i of [0, 1])
    expect([...pictures.subarray((i * 3 + 2) * area, (i * 3 + 3) * area)]).toEqual([
      ...drawn.subarray(i * area, (i + 1) * area),
    ]);
  const last = summary.radial.at(-1)!;
  expect(summary.radial).toHaveLength(3);
  expect(last).toHaveLength(side / 2 + 1);
  // Of pixels that are neither clamped nor rounded: at least what the pictures have, where colours are out of range.
  const spectrum = new SpectrumAccumulator(side);
  spectrum.add(toPlanes(drawn, side));
  expect(last.every((power, ring) => power > 0.2 * spectrum.finish().power[ring]!)).toBe(true);
});

it('tells the gates of the network at every step, whatever the batch size', async () => {
  const { summary } = await watched(2);
  expect(summary.gates.map(({ module }) => module)).toEqual(gatedModules(network).map(({ name }) => name));
  const latentSize = 3 * side * side;
  const program = await engine.compile(
    ({ constants, inputs: { x, t } }) => {
      const { gates } = unet(constants, network, x!, t!);
      return {
        outputs: Object.fromEntries(Object.entries(gates).map(([name, gate]) => [name, bandMeans(gate)])),
      };
    },
    {
      constants: weights,
      inputs: {
        x: { shape: [count, 3, side, side], dtype: 'float32' },
        t: { shape: [count], dtype: 'float32' },
      },
    },
  );
  const outputs = await program.run({
    x: {
      shape: [count, 3, side, side],
      dtype: 'float32',
      data: batchNormal(seed, 'sample', 0, [0, 1, 2], latentSize),
    },
    t: { shape: [count], dtype: 'float32', data: new Float32Array(count).fill(summary.timesteps[0]!) },
  });
  for (const { module, mean, std } of summary.gates) {
    expect(mean).toHaveLength(steps);
    const of = outputs[module]!.data;
    for (const band of [0, 1, 2, 3]) {
      const values = [0, 1, 2].map((i) => of[i * 4 + band]!);
      const average = values.reduce((sum, value) => sum + value, 0) / count;
      expect(mean[0]![band]).toBeCloseTo(average, 5);
      const variance = values.reduce((sum, value) => sum + (value - average) ** 2, 0) / (count - 1);
      expect(std[0]![band]).toBeCloseTo(Math.sqrt(variance), 5);
    }
  }
  await program.dispose();
});

it('looks at steps spread evenly, both ends among them', () => {
  expect(evenIndices(50, 3)).toEqual([0, 25, 49]);
  expect(evenIndices(3, 10)).toEqual([0, 1, 2]);
  expect(evenIndices(50, 1)).toEqual([49]);
});
