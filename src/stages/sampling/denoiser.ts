// Sampling of one model's latents, batch by batch. Noise belongs to the index of a sample, so latents do not depend on the
// batch size or on where an interrupted run went on.
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
import type { Int8Layers, LayerTreatment } from '../../engine/layer-treatment.ts';
import { InterruptedError } from '../../errors.ts';
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
import type { Artifact, CommonContext } from '../stage.ts';

export interface DenoiserParams {
  readonly unet: UNetConfig;
  readonly conditioning?: ConditioningParams;
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

export interface DenoiserContext extends Pick<CommonContext, 'seed' | 'signal' | 'engine'> {
  readonly params: DenoiserParams;
  readonly inputs: {
    readonly model: Artifact;
    readonly dataset?: Artifact;
    readonly quantized?: Artifact<{ readonly layers: Int8Layers }>;
  };
}

/** Which sampler, and its settings. */
type SamplingWay = Pick<DenoiserParams['sample'], 'sampler' | 'steps' | 'eta'>;

export interface DenoiserOptions {
  /** Names of gated modules, whose gates each step then tells; none if absent. */
  readonly watched?: readonly string[];
  /** How the network's convolutions are computed; as the input `quantized` says if absent, and in float32 without it. */
  readonly layers?: LayerTreatment;
  /** Is told of every prediction of `denoise`; what it is given is the next prediction's afterwards. */
  readonly onPrediction?: (prediction: NoisePrediction) => void;
}

export interface NoisePrediction {
  /** xt of the batch, [B, C, H, W]. */
  readonly x: Float32Array;
  readonly timestep: number;
  readonly epsilon: Float32Array;
  /** All outputs of the program by name, those of observed layers among them. */
  readonly outputs: HostTensors;
}

export interface Step extends SamplerProgress {
  /** Of watched modules by name: means over channels, [B, 4]; those of the conditional prediction, where there are two. */
  readonly gates: Readonly<Record<string, Float32Array>>;
}

export interface Denoiser {
  /** Latents x0 of the samples `indices`, as many as a batch has; drawn in another way than the parameters say if told. */
  denoise(
    indices: readonly number[],
    onStep: (step: Step) => void | Promise<void>,
    way?: SamplingWay,
  ): Promise<Float32Array>;
  /** Epsilon of a batch [B, C, H, W] at one timestep, under the conditions of the samples `indices`. */
  predictEpsilon(x: Float32Array, timestep: number, indices: readonly number[]): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/** Opens a model for sampling; conditions are those of a part of the images. Throws as openConditions does. */
export async function openDenoiser(
  context: DenoiserContext,
  part: Part,
  { watched = [], layers, onPrediction }: DenoiserOptions = {},
): Promise<Denoiser> {
  const { params, seed, signal } = context;
  const { latentShape, sample, diffusion } = params;
  const { batchSize } = sample;
  const shape = [batchSize, ...latentShape];
  const schedule = scaledLinearSchedule(diffusion);
  const conditions = await openConditions(context, params.conditioning, part, conditionsOf(params));
  const noises = noisesOf(params, seed);
  const guided = conditions !== undefined && sample.guidanceScale !== 1;
  const program = await compileProgram(context, shape, {
    ...{ conditions, guided, watched },
    layers: layers ?? layersOf(context),
  });
  const conditionsFor = async (indices: readonly number[]): Promise<HostTensors | undefined> => {
    const told = params.told?.towards === undefined ? indices : indices.map(() => 0);
    return conditions && (await conditionInputs(conditions, toldOf(conditions, told, guided)));
  };
  const predict = (
    x: Float32Array,
    timestep: number,
    given: HostTensors | undefined,
  ): Promise<HostTensors> => {
    const timesteps = new Float32Array(batchSize).fill(timestep);
    const levels = diffusion.prediction === 'v' ? forwardCoefficients(schedule, timesteps) : {};
    const perSample = Object.entries({ timesteps, ...levels }).map(([name, data]) => [
      name,
      { shape: [batchSize], dtype: 'float32' as const, data },
    ]);
    return program.run({
      x: { shape, dtype: 'float32', data: x },
      ...(Object.fromEntries(perSample) as HostTensors),
      ...given,
    });
  };
  return {
    async denoise(indices, onStep, way = sample) {
      const given = await conditionsFor(indices);
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
          const outputs = await predict(x, timestep, given);
          const predicted = (outputs['epsilon']!.data as Float32Array).slice();
          onPrediction?.({ x, timestep, epsilon: predicted, outputs });
          const gates = watched.map((name) => [name, (outputs[name]!.data as Float32Array).slice()]);
          gatesOf.set(predicted, Object.fromEntries(gates) as Step['gates']);
          return predicted;
        },
        onStep: async (progress) => {
          if (signal.aborted) throw new InterruptedError();
          await onStep({ ...progress, gates: gatesOf.get(progress.epsilon)! });
        },
      });
    },
    async predictEpsilon(x, timestep, indices) {
      const { epsilon } = await predict(x, timestep, await conditionsFor(indices));
      return (epsilon!.data as Float32Array).slice();
    },
    async dispose() {
      await conditions?.close();
      await program.dispose();
    },
  };
}

/** What openConditions is told of the samples. */
function conditionsOf({ told = {}, sample: { promptSeed, count } }: DenoiserParams): ConditionsOptions {
  const { captions, classes } = told;
  if (captions !== undefined) return { captions };
  return {
    ...(classes && { classes }),
    ...(promptSeed !== undefined && { prompts: { count, seed: promptSeed } }),
  };
}

/** The noise that samples start from, and that of each step. */
function noisesOf({ latentShape, told, sample: { count } }: DenoiserParams, seed: number) {
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

interface ProgramOptions {
  readonly conditions: Conditions | undefined;
  readonly guided: boolean;
  readonly watched: readonly string[];
  readonly layers: LayerTreatment | undefined;
}

/** What the input `quantized` says of the network's layers. */
function layersOf({ inputs: { quantized } }: DenoiserContext): LayerTreatment | undefined {
  return quantized && { kind: 'int8', layers: quantized.summary.layers };
}

/**
 * Predicts epsilon, and tells the gates of watched modules by name; with guidance, both predictions are made in one batch
 * of twice the size.
 */
async function compileProgram(
  context: DenoiserContext,
  shape: readonly number[],
  { conditions, guided, watched, layers }: ProgramOptions,
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
      ...(layers && { layers }),
    },
  );
}

/** [2B, 4] -> [B, 4], where the batch was doubled. */
function conditionalHalf(means: tf.Tensor, guided: boolean): tf.Tensor {
  return guided ? tf.split(means, 2, 0)[1]! : means;
}
