// The stage `quantize`, and sampling with what it measures.
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { openPack } from '../../../../../src/datasets/pack.ts';
import type { Engine } from '../../../../../src/engine/engine.ts';
import { onnxEngine } from '../../../../../src/engine/onnx/engine.ts';
import { unetSpec } from '../../../../../src/models/unet/unet.ts';
import { quantize, type QuantizeSummary } from '../../../../../src/stages/kinds/quantize/describe.ts';
import { quantizeStage } from '../../../../../src/stages/kinds/quantize/run.ts';
import { sample } from '../../../../../src/stages/kinds/sample/describe.ts';
import { sampleStage } from '../../../../../src/stages/kinds/sample/run.ts';
import type { Artifact } from '../../../../../src/stages/stage.ts';
import { smallExperiment } from '../../../../support/experiments/small-experiment.ts';
import { livelyParams } from '../../../../support/networks/lively-params.ts';
import { pixelUnet } from '../../../../support/networks/pixel-unet.ts';
import { runStage, stageContext } from '../../../../support/stages/stage-context.ts';
import { trainedInputs } from '../../../../support/stages/trained-inputs.ts';
import { folderPerFile } from '../../../../support/temporary-folder.ts';

// These tests compile a network for each of its layers: on a busy machine that takes longer than unit tests may.
vi.setConfig({ testTimeout: 60_000 });

const side = 4;
const inFolder = folderPerFile();
const engine: Engine = onnxEngine({ threads: 1 });
const model = { model: 'sd', unet: pixelUnet, diffusion: smallExperiment.diffusion } as const;
const settings = { ...smallExperiment.sample, steps: 4, count: 6 };
let inputs: Readonly<Record<'latents' | 'model', Artifact>>;

beforeAll(async () => {
  inputs = await trainedInputs(inFolder(), livelyParams(unetSpec(pixelUnet)));
});

let free: Promise<QuantizeSummary> | undefined;

/** With all layers on integers. */
const withoutBound = (): Promise<QuantizeSummary> => (free ??= quantized(1));

async function quantized(maxError: number): Promise<QuantizeSummary> {
  const params = { ...model, latentShape: [3, side, side] as const, sample: settings, maxError };
  const context = await stageContext({ folder: inFolder(), inputs: { model: inputs.model } }, params, {
    engine: () => Promise.resolve(engine),
  });
  return runStage(quantize, quantizeStage, context);
}

async function pixelsOf(batchSize: number, summary?: QuantizeSummary): Promise<Uint8Array> {
  const params = {
    ...{ ...model, latentShape: [3, side, side] as const },
    sample: { ...settings, batchSize },
  };
  const quantization = summary && { quantized: { key: 'q', dir: '', summary } };
  const context = await stageContext({ folder: inFolder(), inputs: { ...inputs, ...quantization } }, params, {
    engine: () => Promise.resolve(engine),
  });
  await runStage(sample, sampleStage, context);
  const pack = await openPack(context.outputDir);
  try {
    return await pack.readBatch([0, 1, 2, 3, 4, 5]);
  } finally {
    await pack.close();
  }
}

describe('quantize', () => {
  it('puts convolutions on integers as far as the error allows', async () => {
    const free = await withoutBound();
    expect(free.float32).toEqual([]);
    const all = Object.keys(free.layers);
    const convolutions = unetSpec(pixelUnet).filter(({ shape }) => shape.length === 4 && shape[2]! > 1);
    expect(all.toSorted()).toEqual(convolutions.map(({ name }) => name).toSorted());
    expect(free.error).toBeGreaterThan(0);
    expect(free.error).toBeLessThan(0.2);
    expect(free.bytes.int8).toBeLessThan(free.bytes.float32);

    const bound = free.error / 2;
    const strict = await quantized(bound);
    expect(strict.error).toBeLessThanOrEqual(bound);
    expect(strict.float32.length).toBeGreaterThan(0);
    expect([...Object.keys(strict.layers), ...strict.float32].toSorted()).toEqual(all.toSorted());
    for (const [name, ranges] of Object.entries(strict.layers)) expect(ranges).toEqual(free.layers[name]);
    expect(strict.bytes.int8).toBeGreaterThan(free.bytes.int8);
  });

  it('makes samples that are near the float32 ones, and the same in any batch', async () => {
    const summary = await withoutBound();
    const integers = await pixelsOf(2, summary);
    expect(await pixelsOf(3, summary)).toEqual(integers);
    const floats = await pixelsOf(2);
    const apart = Array.from(integers, (pixel, i) => Math.abs(pixel - floats[i]!));
    expect(Math.max(...apart)).toBeGreaterThan(0);
    expect(apart.reduce((a, b) => a + b, 0) / apart.length).toBeLessThan(8);
  });
});
