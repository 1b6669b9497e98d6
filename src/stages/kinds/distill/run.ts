// A student: trained on the noise-prediction loss and, where asked for, on the teacher's features (section 5.2).
import { alignSpec, tapPairs } from '../../../distill/feature-taps.ts';
import { lossTerms } from '../../../distill/terms/catalog.ts';
import type { HostTensors } from '../../../engine/engine.ts';
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
    const distillation = await distillationOf(context);
    const start = student.start && (await weightsOfTeacher(context));
    const consistency = student.objective && (await pathOf(context));
    return withConditions(context, conditioning, 'train', async (conditions) => {
      const embedder = copyEmbedder && conditions ? await teacherEmbedder(context, conditions) : undefined;
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

/** The teacher's part in the loss, from its averaged weights; none where no term is on. */
async function distillationOf(context: Context): Promise<DiffusionTraining['distillation']> {
  const { student, teacherUnet, distill } = context.params;
  const { spatial, freq, features } = switchedOn(student, distill);
  const terms = lossTerms({ spatial: spatial !== undefined, freq: freq !== undefined }, distill);
  if (teacherUnet === undefined || terms.length === 0) return undefined;
  const pairs = tapPairs(teacherUnet, student.unet, distill.taps);
  const teacherWeights = await readModel(given(context.inputs.teacher, 'teacher'), 'ema');
  return {
    teacher: teacherUnet,
    teacherWeights,
    pairs,
    ...(features?.featureNorm && { featureNorm: features.featureNorm }),
    alignSpecs: alignSpec(pairs),
    terms,
  };
}

/** The teacher's averaged weights for those of the student's parameters that stand in its place, and for its embedder. */
async function weightsOfTeacher({ params, inputs }: Context): Promise<HostTensors> {
  const { student, teacherUnet } = params;
  const weights = await readModel(given(inputs.teacher, 'teacher'), 'ema');
  const network = teacherUnet && weightsInPart(teacherUnet, student.unet, weights);
  const names = new Set(conditionerSpecOf(params).map(({ name }) => name));
  const embedder = Object.entries(weights).filter(([name]) => names.has(name));
  return { ...network, ...Object.fromEntries(embedder) };
}

function conditionerSpecOf({ conditioning }: Context['params']) {
  return conditioning === undefined || isFrozen(conditioning) ? [] : conditionerSpec(conditioning.network);
}

/** The teacher whose path of sampling is learned. */
async function pathOf({ params, inputs }: Context): Promise<DiffusionTraining['consistency']> {
  const { teacherUnet: teacher } = params;
  if (teacher === undefined) return undefined;
  return { teacher, teacherWeights: await readModel(given(inputs.teacher, 'teacher'), 'ema') };
}

/** The teacher's class table or text encoder, which the student takes over; of encoders outside the models, nothing. */
async function teacherEmbedder(context: Context, { network, encoder }: Conditions): Promise<HostTensors> {
  if (encoder) return {};
  const ema = await readModel(given(context.inputs.teacher, 'teacher'), 'ema');
  return Object.fromEntries(conditionerSpec(network).map(({ name }) => [name, ema[name]!]));
}
