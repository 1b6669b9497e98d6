// A student: trained on the noise-prediction loss and, where asked for, on the teacher's features (section 5.2).
import { alignSpec, tapPairs } from '../../../distill/feature-taps.ts';
import { lossTerms } from '../../../distill/terms/catalog.ts';
import type { HostTensors } from '../../../engine/engine.ts';
import type { ConditionerConfig } from '../../../models/conditioner/conditioner-config.ts';
import { conditionerSpec } from '../../../models/conditioner/conditioner.ts';
import { weightsInPart } from '../../../models/unet/inherited-weights.ts';
import { isFrozen } from '../../describing/estimate.ts';
import { withConditions, type Conditions } from '../../conditions/conditions.ts';
import { trainDiffusion, type DiffusionTraining } from '../../training/diffusion-training.ts';
import { withLatents } from '../../rows/latents-file.ts';
import { readModel } from '../../networks/model-files.ts';
import { given, stageOf, type StageContext } from '../../stage.ts';
import { distill as description, switchedOn } from './describe.ts';

type Context = StageContext<typeof description>;

export const distillStage = stageOf(description, {
  async run(context) {
    const { student, distill, diffusion, conditioning, copyEmbedder } = context.params;
    const teacherWeights = teachersWeights(context);
    const distillation = await distillationOf(context, teacherWeights);
    const start = student.start && startOf(context, await teacherWeights());
    const consistency = student.objective && (await pathOf(context, teacherWeights));
    return withConditions(context, conditioning, 'train', async (conditions) => {
      const embedder = copyEmbedder && conditions && (await copiedEmbedder(conditions, teacherWeights));
      return withLatents(context.inputs.latents, 'train', (latents) =>
        trainDiffusion(context, {
          what: `student ${student.name}`,
          unet: student.unet,
          settings: distill,
          diffusion,
          latents,
          ...(start && { start }),
          ...(consistency && { consistency }),
          ...(distillation && { distillation }),
          ...(conditions && { conditions }),
          dropRate: conditioning?.dropRate ?? 0,
          ...(embedder && { embedder }),
        }),
      );
    });
  },
});

type ReadWeights = () => Promise<HostTensors>;

/** Reads the teacher's averaged weights where they are first asked for. */
function teachersWeights({ inputs }: Context): ReadWeights {
  let read: Promise<HostTensors> | undefined;
  return () => (read ??= readModel(given(inputs.teacher, 'teacher'), 'ema'));
}

/** The teacher's part in the loss, from its averaged weights; none where no term is on. */
async function distillationOf(
  { params: { student, teacherUnet, distill } }: Context,
  teacherWeights: ReadWeights,
): Promise<DiffusionTraining['distillation']> {
  const { spatial, freq, features } = switchedOn(student, distill);
  const terms = lossTerms({ spatial: spatial !== undefined, freq: freq !== undefined }, distill);
  if (teacherUnet === undefined || terms.length === 0) return undefined;
  const pairs = tapPairs(teacherUnet, student.unet, distill.taps);
  return {
    teacher: teacherUnet,
    teacherWeights: await teacherWeights(),
    pairs,
    ...(features?.featureNorm && { featureNorm: features.featureNorm }),
    alignSpecs: alignSpec(pairs),
    terms,
  };
}

/** Of the teacher's weights those that stand in place of the student's, and those of its embedder. */
function startOf(
  { params: { student, teacherUnet, conditioning } }: Context,
  weights: HostTensors,
): HostTensors {
  return {
    ...(teacherUnet && weightsInPart(teacherUnet, student.unet, weights)),
    ...(conditioning && !isFrozen(conditioning) && embedderOf(conditioning.network, weights)),
  };
}

/** The teacher whose path of sampling is learned. */
async function pathOf(
  { params: { teacherUnet: teacher } }: Context,
  teacherWeights: ReadWeights,
): Promise<DiffusionTraining['consistency']> {
  return teacher && { teacher, teacherWeights: await teacherWeights() };
}

/** The teacher's class table or text encoder, which the student takes over; of encoders outside the models, nothing. */
async function copiedEmbedder(
  { network, encoder }: Conditions,
  teacherWeights: ReadWeights,
): Promise<HostTensors> {
  return encoder ? {} : embedderOf(network, await teacherWeights());
}

function embedderOf(network: ConditionerConfig, weights: HostTensors): HostTensors {
  return Object.fromEntries(conditionerSpec(network).map(({ name }) => [name, weights[name]!]));
}
