// A student: trained on the noise-prediction loss and, where asked for, on the teacher's features (section 5.2).
import type { UNetConfig } from '../../../models/unet/unet-config.ts';
import { describeStage, optional, required } from '../../describing/description.ts';
import {
  add,
  conditionCost,
  flopOf,
  isFrozen,
  nothing,
  passesOfTraining,
  tokensOf,
  trained,
  weightBytes,
  withCaptions,
} from '../../describing/estimate.ts';
import { conditioningIdentity, unetIdentity, withoutPace } from '../../describing/identity.ts';
import type { ConditioningParams, DiffusionParams, DistillSettings, LatentShape } from '../../params.ts';
import { modelSummaryNames, resultOfModel, type ModelSummary } from '../../training/summary.ts';
import { dataset } from '../dataset/describe.ts';
import { heldLatents, latents } from '../latents/describe.ts';
import { teacher } from '../teacher/describe.ts';

export interface Pruning {
  /** Timesteps count until the teacher's loss is below this share of its largest. */
  readonly lossThreshold: number;
  /** Timesteps at which gradients are taken, at the most. */
  readonly importanceSteps: number;
}

export interface StudentParams {
  readonly name: string;
  readonly unet: UNetConfig;
  /** Distillation terms in the loss (Eq. 9; Eq. 10-11). */
  readonly spatial: boolean;
  readonly freq: boolean;
  /** Where the network's weights come from before training; random if absent. */
  readonly start?: 'teacher';
  /** How channels of the teacher are chosen that the network starts with, where it is pruned. */
  readonly pruning?: Pruning;
  /** What is learned in place of the noise: the end of the teacher's sampling path. */
  readonly objective?: 'consistency';
}

export interface DistillParams {
  readonly student: StudentParams;
  readonly conditioning?: ConditioningParams;
  /** The student takes the teacher's embedder, frozen. */
  readonly copyEmbedder: boolean;
  /** The network of the input `teacher`, where a loss needs its features or predictions, or the student its weights. */
  readonly teacherUnet?: UNetConfig;
  readonly distill: DistillSettings;
  readonly diffusion: DiffusionParams;
  readonly latentShape: LatentShape;
}

/** Settings that matter where their term is on. */
const termSettings: ReadonlySet<string> = new Set<keyof DistillSettings>([
  'lambdaS',
  'lambdaF',
  'alpha',
  'dftNorm',
  'weightFloor',
  'weightNorm',
  'taps',
  'reduction',
  'featureNorm',
]);

/** Settings of the distillation terms that are switched on; absent members are off. */
export interface SwitchedOn {
  readonly spatial?: Pick<DistillSettings, 'lambdaS'>;
  readonly freq?: Pick<DistillSettings, 'lambdaF' | 'alpha' | 'dftNorm' | 'weightFloor' | 'weightNorm'>;
  /** What all terms of features share; absent where no term is on: the teacher is then not asked. */
  readonly features?: Pick<DistillSettings, 'taps' | 'reduction' | 'featureNorm'>;
}

/** The terms of a student's loss: here alone it is decided whether one is on. */
export function switchedOn(
  { spatial, freq }: Pick<StudentParams, 'spatial' | 'freq'>,
  settings: DistillSettings,
): SwitchedOn {
  const { lambdaS, lambdaF, alpha, dftNorm, weightFloor, weightNorm, taps, reduction, featureNorm } =
    settings;
  // What is as printed is the same, said or left out.
  const weightScale = weightNorm === undefined || weightNorm === 'none' ? {} : { weightNorm };
  const featureScale = featureNorm === undefined || featureNorm === 'none' ? {} : { featureNorm };
  return {
    ...(spatial && { spatial: { lambdaS } }),
    ...(freq && { freq: { lambdaF, alpha, dftNorm, weightFloor, ...weightScale } }),
    ...((spatial || freq) && { features: { taps, reduction, ...featureScale } }),
  };
}

/** Whether the student's training reads the teacher's weights. */
export function asksTeacher(student: StudentParams, settings: DistillSettings): boolean {
  return (
    student.start === 'teacher' ||
    student.pruning !== undefined ||
    student.objective === 'consistency' ||
    switchedOn(student, settings).features !== undefined
  );
}

/** What the student has that the print does not, in words. */
export function variantsOf({ student, distill }: Pick<DistillParams, 'student' | 'distill'>): string[] {
  const { freq, features } = switchedOn(student, distill);
  return [
    ...(student.unet.waveletGating && student.unet.waveletGates === 'frozen' ? ['gates frozen at 0.5'] : []),
    ...(freq?.weightNorm === undefined ? [] : ['a frequency weight of mean 1']),
    ...(features?.featureNorm === undefined ? [] : ["features in units of the teacher's variance"]),
  ];
}

export const distill = describeStage<DistillParams, ModelSummary>()({
  kind: 'distill',
  version: 1,
  scope: 'model',
  makes: 'student',
  seedStream: 'stage/distill',
  batchSizeKey: 'distill.batchSize',
  inputs: { latents: required(latents), teacher: optional(teacher), dataset: optional(dataset) },
  identity: (params, digests) => ({
    unet: unetIdentity(params.student.unet),
    start: params.student.start,
    pruning: params.student.pruning,
    objective: params.student.objective,
    conditioning: conditioningIdentity(params.conditioning, digests),
    copyEmbedder: params.conditioning && params.copyEmbedder,
    latentShape: params.latentShape,
    diffusion: params.diffusion,
    teacherUnet: params.teacherUnet && unetIdentity(params.teacherUnet),
    distill: { ...trainingIdentity(params.distill), ...switchedOn(params.student, params.distill) },
  }),
  estimate({ student, conditioning, copyEmbedder, teacherUnet, distill }, { costs, ...around }) {
    const cost = costs.unet(student.unet, tokensOf(conditioning));
    const told = conditionCost(costs, conditioning);
    const fixed = isFrozen(conditioning) || copyEmbedder;
    const learnsPath = student.objective === 'consistency';
    const compared = switchedOn(student, distill).features === undefined ? undefined : teacherUnet;
    const predicting = learnsPath ? teacherUnet : compared;
    const teacher = predicting && costs.unet(predicting, tokensOf(conditioning));
    const align = compared && costs.alignment(compared, student.unet, distill.taps);
    // A teacher with an embedder of its own computes its own context.
    const toldAgain = teacher && !isFrozen(conditioning) ? told : nothing;
    const flop =
      passesOfTraining * (flopOf(cost) + flopOf(align ?? nothing)) +
      (isFrozen(conditioning) ? 0 : fixed ? 1 : passesOfTraining) * flopOf(told) +
      flopOf(teacher ?? nothing) +
      (learnsPath ? flopOf(cost) : 0) + // the student's own target
      flopOf(toldAgain) +
      (student.pruning && teacherUnet
        ? passesOfTraining *
          flopOf(costs.unet(teacherUnet, tokensOf(conditioning))) *
          (student.pruning.importanceSteps / distill.steps)
        : 0);
    const frozen = (teacher?.params ?? 0) + toldAgain.params + (fixed ? told.params : 0);
    const extra = (align?.params ?? 0) + (fixed ? 0 : told.params);
    const estimate = trained(cost, flop, distill, extra, add(heldLatents(around), weightBytes(frozen)));
    return withCaptions(estimate, conditioning, told, distill, around.images);
  },
  summary: modelSummaryNames,
  result: resultOfModel,
});

/** The settings that decide what is learned whatever the terms. */
function trainingIdentity(settings: DistillSettings): object {
  const training = Object.entries(settings).filter(([name]) => !termSettings.has(name));
  return withoutPace(Object.fromEntries(training));
}
