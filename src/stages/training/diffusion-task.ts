// What training of a noise predictor computes, without a weight or a sample: parameters, inputs, frozen tensors and loss. The
// stages compile it, and plans trace it to know how much memory it takes.
import type { Prediction } from '../../diffusion/prediction.ts';
import { consistencyLoss } from '../../distill/consistency.ts';
import { objective, type DiffusionBatch, type Distillation } from '../../distill/objective.ts';
import type { TensorSpec, TensorSpecs } from '../../engine/engine.ts';
import { conditionerSpec } from '../../models/conditioner/conditioner.ts';
import type { UNetConfig } from '../../models/unet/unet-config.ts';
import { unetSpec } from '../../models/unet/unet.ts';
import { paramsUnder, type Params, type ParamSpec } from '../../nn/params.ts';
import type { LossFunction } from '../../optim/train-step.ts';
import {
  conditionSpecs,
  contextOfInputs,
  toldModel,
  type ToldModel,
} from '../conditions/condition-inputs.ts';
import type { ConditioningParams, DiffusionParams, LatentShape } from '../params.ts';
import { consistencyBatchOf, levelSpecs } from './consistency-batch.ts';
import { noisedSpecs } from './noised-batch.ts';

/** What is learned. */
export interface DiffusionTask {
  readonly unet: UNetConfig;
  readonly prediction?: Prediction;
  readonly latentShape: readonly number[];
  readonly conditions?: ToldModel;
  /** Whether the embedder stays as it is; otherwise it is trained with the network. */
  readonly keepsEmbedder: boolean;
  readonly distillation?: Omit<Distillation, 'teacherParams' | 'teacherContext'> & {
    readonly alignSpecs: readonly ParamSpec[];
  };
  /** The teacher whose sampling path is learned (consistency distillation), in place of the noise. */
  readonly consistency?: { readonly teacher: UNetConfig };
}

/** What stages that train a noise predictor are told of it. */
export interface NoiseSettings {
  readonly conditioning?: ConditioningParams;
  readonly diffusion: DiffusionParams;
  readonly latentShape: LatentShape;
}

/** The task of predicting the noise; `keepsEmbedder`: the embedder, if there is one, stays as it is. */
export function noiseTask(
  unet: UNetConfig,
  { conditioning, diffusion, latentShape }: NoiseSettings,
  keepsEmbedder: boolean,
): DiffusionTask {
  return {
    unet,
    prediction: diffusion.prediction,
    latentShape,
    ...(conditioning && { conditions: toldModel(conditioning) }),
    keepsEmbedder: conditioning !== undefined && keepsEmbedder,
  };
}

export interface CompilableTask {
  /** Parameters of the model: the network's and those of an embedder that is trained with it. */
  readonly own: readonly ParamSpec[];
  /** All that is trained: those, and what only the loss needs. */
  readonly specs: readonly ParamSpec[];
  readonly loss: LossFunction;
  /** Shapes of a batch of `samples`. */
  readonly inputs: (samples: number) => TensorSpecs;
  /** Shapes of the frozen tensors that the loss reads. */
  readonly constants: TensorSpecs;
}

/** Prefix of the teacher's weights among the constants. */
export const teacherPrefix = 'teacher/';

export function compilableTask(task: DiffusionTask): CompilableTask {
  const { unet, prediction, latentShape, conditions, keepsEmbedder, distillation, consistency } = task;
  const embedder = conditions && !conditions.encoder ? conditionerSpec(conditions.network) : [];
  const own = [...unetSpec(unet), ...(keepsEmbedder ? [] : embedder)];
  const taught = distillation ?? consistency;
  const teacher = taught ? [...unetSpec(taught.teacher), ...embedder] : [];
  return {
    own,
    specs: [...own, ...(distillation?.alignSpecs ?? [])],
    inputs: (samples) => ({
      ...noisedSpecs(samples, latentShape),
      ...(consistency && levelSpecs(samples)),
      ...(conditions && conditionSpecs(conditions, samples)),
    }),
    constants: { ...shapes(teacher, teacherPrefix), ...(keepsEmbedder && shapes(embedder, '')) },
    loss: (params, { inputs, constants, fixed }) => {
      const batch = inputs as unknown as DiffusionBatch;
      const told = (weights: Params) =>
        conditions ? { context: contextOfInputs(conditions, weights, inputs) } : {};
      const teacherParams = paramsUnder(constants, teacherPrefix);
      if (consistency)
        return {
          loss: consistencyLoss(
            { params, fixed, teacherParams },
            { unet, teacher: consistency.teacher, prediction },
            consistencyBatchOf(inputs),
          ),
        };
      const { context: teacherContext } = distillation ? told({ ...constants, ...teacherParams }) : {};
      return {
        ...objective(
          params,
          { unet, prediction },
          { ...batch, ...told({ ...params, ...constants }) },
          distillation && { ...distillation, teacherParams, ...(teacherContext && { teacherContext }) },
        ),
      };
    },
  };
}

function shapes(specs: readonly ParamSpec[], prefix: string): TensorSpecs {
  return Object.fromEntries(
    specs.map(({ name, shape }): [string, TensorSpec] => [prefix + name, { shape, dtype: 'float32' }]),
  );
}
