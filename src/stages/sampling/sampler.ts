// Sampling of one model, batch by batch, and decoding to images. Noise belongs to the index of a sample, so images do
// not depend on the batch size or on where an interrupted run went on.
import * as tf from '@tensorflow/tfjs-core';
import type { Experiment } from '../../config/types.generated.ts';
import type { Part } from '../../datasets/parts.ts';
import { forwardCoefficients } from '../../diffusion/forward-process.ts';
import { doubled, guide, guidedConditions } from '../../diffusion/guidance.ts';
import { epsilonOf } from '../../diffusion/prediction.ts';
import { samplers, usualSampler } from '../../diffusion/samplers.ts';
import type { SamplerProgress } from '../../diffusion/sampling-run.ts';
import { scaledLinearSchedule } from '../../diffusion/schedule.ts';
import { spherical } from '../../diffusion/spherical.ts';
import { sizeOf, type HostTensors, type Program } from '../../engine/engine.ts';
import { InterruptedError } from '../../errors.ts';
import type { AutoencoderConfig } from '../../models/autoencoder/autoencoder-config.ts';
import { decodeLatents } from '../../models/autoencoder/first-stage.ts';
import type { UNetConfig } from '../../models/unet/unet-config.ts';
import { unet } from '../../models/unet/unet.ts';
import { bandMeans } from '../../models/wavelet/wavelet-gating.ts';
import { batchNormal } from '../../rng/noise.ts';
import { conditionSpecs, contextOfInputs } from '../conditions/condition-inputs.ts';
import {
  conditionInputs,
  openConditions,
  type Conditions,
  type ConditionsOptions,
} from '../conditions/conditions.ts';
import type { TokenIds } from '../conditions/text-encoder.ts';
import { readModel } from '../networks/model-files.ts';
import type { ConditioningParams, DiffusionParams, LatentShape, ToldSamples } from '../params.ts';
import { given, type Artifact, type CommonContext } from '../stage.ts';

export interface SamplingParams {
  readonly unet: UNetConfig;
  readonly conditioning?: ConditioningParams;
  /** Absent where latents are pixels. */
  readonly network?: AutoencoderConfig;
  readonly latentShape: LatentShape;
  readonly diffusion: DiffusionParams;
  readonly sample: Pick<
    Experiment['sample'],
    | 'sampler'
    | 'steps'
    | 'eta'
    | 'setAlphaToOne'
    | 'count'
    | 'batchSize'
    | 'useEma'
    | 'guidanceScale'
    | 'promptSeed'
  >;
  readonly told?: ToldSamples;
}

interface SamplingContext extends Pick<CommonContext, 'seed' | 'signal' | 'engine'> {
  readonly params: SamplingParams;
  readonly inputs: {
    readonly model: Artifact;
    readonly latents: Artifact<{ readonly scaleFactor: number }>;
    readonly autoencoder?: Artifact;
    readonly dataset?: Artifact;
  };
}

/** Which sampler, and its settings. */
type SamplingWay = Pick<SamplingParams['sample'], 'sampler' | 'steps' | 'eta'>;

export interface SamplerOptions {
  /** Names of gated modules, whose gates each step then tells; none if absent. */
  readonly watched?: readonly string[];
}

export interface Step extends SamplerProgress {
  /** Of watched modules by name: means over channels, [B, 4]; those of the conditional prediction, where there are two. */
  readonly gates: Readonly<Record<string, Float32Array>>;
}

export interface Sampler {
  /** Latents x0 of the samples `indices`, as many as a batch has; drawn in another way than the parameters say if told. */
  denoise(
    indices: readonly number[],
    onStep: (step: Step) => void | Promise<void>,
    way?: SamplingWay,
  ): Promise<Float32Array>;
  /** Images [B, 3, size, size] of a batch of latents, in [-1, 1] or nearly so. */
  decode(latents: Float32Array): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/** Side of the decoded images. */
export function imageSize({ latentShape, network }: Pick<SamplingParams, 'latentShape' | 'network'>): number {
  return latentShape[1] * 2 ** ((network?.channelMult.length ?? 1) - 1);
}

/** Opens the sampler of a model; conditions are those of a part of the images. Throws as openConditions does. */
export async function openSampler(
  context: SamplingContext,
  part: Part,
  { watched = [] }: SamplerOptions = {},
): Promise<Sampler> {
  const { params, seed, signal } = context;
  const { latentShape, sample, diffusion } = params;
  const { batchSize } = sample;
  const shape = [batchSize, ...latentShape];
  const schedule = scaledLinearSchedule(diffusion);
  const conditions = await openConditions(context, params.conditioning, part, conditionsOf(params));
  const noises = noisesOf(params, seed);
  const guided = conditions !== undefined && sample.guidanceScale !== 1;
  const denoiser = await compileDenoiser(context, shape, { conditions, guided, watched });
  const decoder = await compileDecoder(context, shape);
  return {
    async denoise(indices, onStep, way = sample) {
      const told = params.told?.towards === undefined ? indices : indices.map(() => 0);
      const given = conditions && (await conditionInputs(conditions, toldOf(conditions, told, guided)));
      // By prediction: a sampler may ask for others before it tells of a step.
      const gatesOf = new WeakMap<Float32Array, Step['gates']>();
      return samplers[way.sampler ?? usualSampler].sample({
        schedule,
        steps: way.steps,
        eta: way.eta,
        setAlphaToOne: params.sample.setAlphaToOne ?? false,
        xT: noises.start(indices),
        noise: (index) => noises.ofStep(index, indices),
        predictEpsilon: async (x, timestep) => {
          const timesteps = new Float32Array(batchSize).fill(timestep);
          const levels = diffusion.prediction === 'v' ? forwardCoefficients(schedule, timesteps) : {};
          const perSample = Object.entries({ timesteps, ...levels }).map(([name, data]) => [
            name,
            { shape: [batchSize], dtype: 'float32' as const, data },
          ]);
          const { epsilon, ...others } = await denoiser.run({
            x: { shape, dtype: 'float32', data: x },
            ...(Object.fromEntries(perSample) as HostTensors),
            ...given,
          });
          const predicted = (epsilon!.data as Float32Array).slice();
          const gates = Object.entries(others).map(([name, { data }]) => [
            name,
            (data as Float32Array).slice(),
          ]);
          gatesOf.set(predicted, Object.fromEntries(gates) as Step['gates']);
          return predicted;
        },
        onStep: async (progress) => {
          if (signal.aborted) throw new InterruptedError();
          await onStep({ ...progress, gates: gatesOf.get(progress.epsilon)! });
        },
      });
    },
    async decode(latents) {
      const { images } = await decoder.run({ latents: { shape, dtype: 'float32', data: latents } });
      return images!.data as Float32Array;
    },
    async dispose() {
      await conditions?.close();
      await denoiser.dispose();
      await decoder.dispose();
    },
  };
}

/** What openConditions is told of the samples. */
function conditionsOf({ told = {}, sample: { promptSeed, count } }: SamplingParams): ConditionsOptions {
  const { captions, classes } = told;
  if (captions !== undefined) return { captions };
  return {
    ...(classes && { classes }),
    ...(promptSeed !== undefined && { prompts: { count, seed: promptSeed } }),
  };
}

/** The noise that samples start from, and that of each step. */
function noisesOf({ latentShape, told, sample: { count } }: SamplingParams, seed: number) {
  const size = sizeOf(latentShape);
  const towards = told?.towards;
  if (towards === undefined)
    return {
      start: (indices: readonly number[]) => batchNormal(seed, 'sample', 0, indices, size),
      ofStep: (step: number, indices: readonly number[]) =>
        batchNormal(seed, 'sample', step + 1, indices, size),
    };
  const [from, to] = [seed, towards].map((end) => batchNormal(end, 'sample', 0, [0], size));
  return {
    start(indices: readonly number[]) {
      const batch = new Float32Array(indices.length * size);
      for (const [slot, index] of indices.entries())
        batch.set(spherical(from!, to!, count > 1 ? index / (count - 1) : 0), slot * size);
      return batch;
    },
    // The same for all, so that only the start tells them apart.
    ofStep: (step: number, indices: readonly number[]) =>
      batchNormal(
        seed,
        'sample',
        step + 1,
        indices.map(() => 0),
        size,
      ),
  };
}

/** Conditions of the batch that the denoiser is given for the samples. */
function toldOf({ nothing, ofSample }: Conditions, indices: readonly number[], guided: boolean): TokenIds[] {
  const told = indices.map((index) => ofSample(index));
  return guided ? guidedConditions(told, nothing) : told;
}

interface DenoiserOptions {
  readonly conditions: Conditions | undefined;
  readonly guided: boolean;
  readonly watched: readonly string[];
}

/**
 * Predicts epsilon, and tells the gates of watched modules by name; with guidance, both predictions are made in one batch
 * of twice the size.
 */
async function compileDenoiser(
  context: SamplingContext,
  shape: readonly number[],
  { conditions, guided, watched }: DenoiserOptions,
): Promise<Program> {
  const { unet: config, sample, diffusion } = context.params;
  const batchSize = shape[0]!;
  const vector = { shape: [batchSize], dtype: 'float32' as const };
  const engine = await context.engine();
  const weights = await readModel(context.inputs.model, sample.useEma ? 'ema' : 'weights');
  return engine.compile(
    ({ constants, inputs: { x, timesteps, sqrtAlphaBar, sqrtOneMinusAlphaBar, ...told } }) => {
      const context = conditions && { context: contextOfInputs(conditions, constants, told) };
      const at = guided
        ? { x: doubled(x!), timesteps: doubled(timesteps!) }
        : { x: x!, timesteps: timesteps! };
      const { output: given, gates } = unet(constants, config, at.x, at.timesteps, context);
      const output = guided ? guide(given, sample.guidanceScale) : given;
      const levels = { xt: x!, sqrtAlphaBar: sqrtAlphaBar!, sqrtOneMinusAlphaBar: sqrtOneMinusAlphaBar! };
      const means = watched.map((name) => [name, conditionalHalf(bandMeans(gates[name]!), guided)] as const);
      return {
        outputs: {
          epsilon: epsilonOf(diffusion.prediction, output, levels),
          ...Object.fromEntries(means),
        },
      };
    },
    {
      constants: weights,
      inputs: {
        x: { shape, dtype: 'float32' },
        timesteps: vector,
        ...(diffusion.prediction === 'v' && { sqrtAlphaBar: vector, sqrtOneMinusAlphaBar: vector }),
        ...(conditions && conditionSpecs(conditions, (guided ? 2 : 1) * batchSize)),
      },
    },
  );
}

/** [2B, 4] -> [B, 4], where the batch was doubled. */
function conditionalHalf(means: tf.Tensor, guided: boolean): tf.Tensor {
  return guided ? tf.split(means, 2, 0)[1]! : means;
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
