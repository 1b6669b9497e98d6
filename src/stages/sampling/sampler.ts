// Sampling of one model's images, batch by batch: its latents, decoded.
import * as tf from '@tensorflow/tfjs-core';
import type { Part } from '../../datasets/parts.ts';
import type { Program } from '../../engine/engine.ts';
import type { AutoencoderConfig } from '../../models/autoencoder/autoencoder-config.ts';
import { decodeLatents } from '../../models/autoencoder/first-stage.ts';
import { readModel } from '../networks/model-files.ts';
import { given, type Artifact } from '../stage.ts';
import {
  openDenoiser,
  type Denoiser,
  type DenoiserContext,
  type DenoiserOptions,
  type DenoiserParams,
} from './denoiser.ts';

export interface SamplingParams extends DenoiserParams {
  /** Absent where latents are pixels. */
  readonly network?: AutoencoderConfig;
}

interface SamplingContext extends DenoiserContext {
  readonly params: SamplingParams;
  readonly inputs: DenoiserContext['inputs'] & {
    readonly latents: Artifact<{ readonly scaleFactor: number }>;
    readonly autoencoder?: Artifact;
  };
}

export interface Sampler extends Denoiser {
  /** Images [B, 3, size, size] of a batch of latents, in [-1, 1] or nearly so. */
  decode(latents: Float32Array): Promise<Float32Array>;
}

/** Side of the decoded images. */
export function imageSize({ latentShape, network }: Pick<SamplingParams, 'latentShape' | 'network'>): number {
  return latentShape[1] * 2 ** ((network?.channelMult.length ?? 1) - 1);
}

/** Opens the sampler of a model. Throws as openDenoiser does. */
export async function openSampler(
  context: SamplingContext,
  part: Part,
  options: DenoiserOptions = {},
): Promise<Sampler> {
  const { latentShape, sample } = context.params;
  const shape = [sample.batchSize, ...latentShape];
  const denoiser = await openDenoiser(context, part, options);
  const decoder = await compileDecoder(context, shape);
  return {
    ...denoiser,
    async decode(latents) {
      const { images } = await decoder.run({ latents: { shape, dtype: 'float32', data: latents } });
      return images!.data as Float32Array;
    },
    async dispose() {
      await denoiser.dispose();
      await decoder.dispose();
    },
  };
}

/** Scaled latents to images in [-1, 1]; the identity where latents are pixels. */
async function compileDecoder(context: SamplingContext, shape: readonly number[]): Promise<Program> {
  const { network } = context.params;
  const { scaleFactor } = context.inputs.latents.summary;
  const engine = await context.engine();
  return engine.compile(
    ({ constants, inputs: { latents } }) => {
      const z = tf.mul(latents!, 1 / scaleFactor);
      return { outputs: { images: network === undefined ? z : decodeLatents(constants, network, z) } };
    },
    {
      constants:
        network === undefined ? {} : await readModel(given(context.inputs.autoencoder, 'autoencoder'), 'ema'),
      inputs: { latents: { shape, dtype: 'float32' } },
    },
  );
}
