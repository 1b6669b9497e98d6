// A model of captions through CLIP, exported as a pipeline and sampled by sdx. Experiments have CLIP at its full size
// alone, so this one is made of a small CLIP by hand.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { onnxEngine } from '../../src/engine/onnx/engine.ts';
import { exportModel } from '../../src/export/model-forms/export-model.ts';
import { pipelineWriter } from '../../src/export/pipeline/write-pipeline.ts';
import type { AutoencoderConfig } from '../../src/models/autoencoder/autoencoder-config.ts';
import { firstStageSpec } from '../../src/models/autoencoder/first-stage.ts';
import { unetSpec } from '../../src/models/unet/unet.ts';
import type { ParamSpec } from '../../src/nn/params.ts';
import { modelFiles } from '../../src/stages/networks/model-files.ts';
import type { SampleParams } from '../../src/stages/describing/sampling-settings.ts';
import { toPixels } from '../../src/stages/rows/pixels.ts';
import { openSampler } from '../../src/stages/sampling/sampler.ts';
import type { StoredArtifact } from '../../src/store/store.ts';
import { noUse } from '../../src/store/uses.ts';
import { writeSafetensors } from '../../src/weights/safetensors/safetensors.ts';
import { tameParams } from '../support/experiments/random-networks.ts';
import { smallExperiment } from '../support/experiments/small-experiment.ts';
import { captions, sampleParams, writeCaptionWorld } from '../support/stages/caption-world.ts';
import { fakeSummaries } from '../support/stages/fake-stages.ts';
import { filesOf, mildDiffusion, writeNoise, type SamplingJob } from './exported-models.ts';

/** By name: whether the UNet is gated, and how diffusers are to call the pipeline's class. */
export const clipModels = {
  'captions by CLIP with guidance, KL autoencoder': { gated: false, className: 'StableDiffusionPipeline' },
  'captions by CLIP with guidance, wavelet gating': { gated: true, className: 'SdxPipeline' },
} as const;

const network: AutoencoderConfig = {
  ...{ doubleZ: true, zChannels: 3, resolution: 16, inChannels: 3, outChannels: 3 },
  ...{ channels: 32, channelMult: [1, 1], numResBlocks: 1, attnResolutions: [], embedDim: 3 },
};
const [seed, scaleFactor, count] = [7, 0.8, 4];

/** Samples four images of the model, and exports it; what Python is to do with the export. */
export async function exportClipModel(root: string, name: keyof typeof clipModels): Promise<SamplingJob> {
  const { gated, className } = clipModels[name];
  const { dir, folder, noise, images, theirs } = filesOf(root, name);
  await mkdir(dir);
  const world = await writeCaptionWorld(dir);
  const planned = sampleParams(world, count, count);
  const params: SampleParams = {
    ...planned,
    ...{ network, diffusion: mildDiffusion, sample: { ...planned.sample, steps: 5 } },
    unet: { ...planned.unet, channelMult: [1, 1], waveletGating: gated },
  };
  const model = await writeNetwork(path.join(dir, 'model'), 'teacher', unetSpec(params.unet));
  const autoencoder = await writeNetwork(
    path.join(dir, 'autoencoder'),
    'autoencoder',
    firstStageSpec(network),
  );
  await exportModel(
    { params, seed, model, autoencoder, scaleFactor, told: {}, use: noUse },
    {
      config: smallExperiment,
      output: folder,
      weights: 'ema',
      allowContrib: false,
      precision: 'float32',
      writer: pipelineWriter,
    },
  );

  const engine = onnxEngine({ threads: 1 });
  const latents = { ...world.inputs['latents']!, summary: { scaleFactor } };
  const dataset = world.inputs['dataset']!;
  const sampler = await openSampler(
    {
      params,
      seed,
      signal: new AbortController().signal,
      engine: () => Promise.resolve(engine),
      inputs: { model, latents, autoencoder, dataset },
    },
    'held-out',
  );
  const x0 = await sampler.denoise([0, 1, 2, 3], () => undefined);
  await writeFile(images, toPixels(await sampler.decode(x0), network.resolution));
  await sampler.dispose();
  await writeNoise(noise, seed, params.latentShape);
  const { steps, guidanceScale } = params.sample;
  const call = {
    prompt: captions.slice(0, count),
    num_inference_steps: steps,
    guidance_scale: guidanceScale,
  };
  return { folder, noise, out: theirs, className, call };
}

/** A network of tame random weights, as an artifact of the store. */
async function writeNetwork(
  dir: string,
  kind: 'teacher' | 'autoencoder',
  specs: readonly ParamSpec[],
): Promise<StoredArtifact> {
  await mkdir(dir);
  for (const file of Object.values(modelFiles))
    await writeSafetensors(path.join(dir, file), tameParams(specs, 4));
  const summary = fakeSummaries[kind];
  const about = { kind, name: kind, stageVersion: 1, params: {}, inputs: {}, summary, seconds: 0 };
  const manifest = { ...about, schemaVersion: 2 as const, key: kind, files: {}, created: '' };
  return { key: kind, dir, summary, manifest };
}
