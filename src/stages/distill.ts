// A student: trained on the noise-prediction loss and, where asked for, on the teacher's features (section 5.2).
import { alignSpec, tapPairs } from '../distill/feature-taps.ts';
import type { HostTensors } from '../engine/engine.ts';
import { conditionerSpec } from '../models/conditioner.ts';
import type { DistillParams } from '../plan/stage-params.ts';
import { openConditions, type Conditions } from './conditions.ts';
import { trainDiffusion, type DiffusionTraining } from './diffusion-training.ts';
import { readLatents } from './latents-file.ts';
import { readModel } from './model-files.ts';
import { inputOf, type Stage, type StageContext } from './stage.ts';

export const distillStage: Stage<DistillParams> = {
  kind: 'distill',
  version: 1,
  async run(context) {
    const { student, distill, diffusion, conditioning, copyEmbedder } = context.params;
    const distillation = await distillationOf(context);
    const conditions = await openConditions(context, conditioning);
    const embedder = copyEmbedder && conditions ? await teacherEmbedder(context, conditions) : undefined;
    return trainDiffusion(context, {
      what: `student ${student.name}`,
      unet: student.unet,
      settings: distill,
      diffusion,
      latents: await readLatents(inputOf(context, 'latents')),
      ...(distillation && { distillation }),
      ...(conditions && { conditions }),
      dropRate: conditioning?.dropRate ?? 0,
      ...(embedder && { embedder }),
    });
  },
};

/** The teacher's part in the loss, from its averaged weights; none where no term needs it. */
async function distillationOf(
  context: StageContext<DistillParams>,
): Promise<DiffusionTraining['distillation']> {
  const { student, teacherUnet, distill } = context.params;
  if (teacherUnet === undefined) return undefined;
  const pairs = tapPairs(teacherUnet, student.unet, distill.taps);
  const ema = await readModel(inputOf(context, 'teacher'), 'ema');
  return {
    teacher: teacherUnet,
    teacherWeights: ema,
    pairs,
    alignSpecs: alignSpec(pairs),
    lambdaS: student.spatial ? distill.lambdaS : 0,
    lambdaF: student.freq ? distill.lambdaF : 0,
    alpha: distill.alpha,
    reduction: distill.reduction,
    dftNorm: distill.dftNorm,
    weightFloor: distill.weightFloor,
  };
}

/** The teacher's class table or text encoder, which the student takes over. */
async function teacherEmbedder(
  context: StageContext<DistillParams>,
  { network, frozen }: Conditions,
): Promise<HostTensors> {
  if (Object.keys(frozen).length > 0) return {};
  const ema = await readModel(inputOf(context, 'teacher'), 'ema');
  return Object.fromEntries(conditionerSpec(network).map(({ name }) => [name, ema[name]!]));
}
