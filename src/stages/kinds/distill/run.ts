// A student: trained on the noise-prediction loss and, where asked for, on the teacher's features (section 5.2).
import type { HostTensors } from '../../../engine/engine.ts';
import type { ConditionerConfig } from '../../../models/conditioner/conditioner-config.ts';
import { conditionerSpec } from '../../../models/conditioner/conditioner.ts';
import { weightsInPart } from '../../../models/unet/inherited-weights.ts';
import { isFrozen } from '../../describing/estimate.ts';
import { withConditions, type Conditions } from '../../conditions/conditions.ts';
import { decided } from '../../training/micro-batch.ts';
import { trainDiffusion } from '../../training/diffusion-training.ts';
import { withLatents } from '../../rows/latents-file.ts';
import { readModel } from '../../networks/model-files.ts';
import { given, stageOf, type StageContext } from '../../stage.ts';
import { distill as description, type Pruning } from './describe.ts';
import { prunedStart, type TrainingData } from './pruned-start.ts';
import { distillTask } from './task.ts';

type Context = StageContext<typeof description>;

export const distillStage = stageOf(description, {
  async run(context) {
    const { student, distill, diffusion, conditioning, copyEmbedder } = context.params;
    const { pruning } = student;
    const task = distillTask(context.params);
    const readWeights = teachersWeights(context);
    const teacherWeights = (task.distillation ?? task.consistency) && (await readWeights());
    return withConditions(context, conditioning, 'train', async (conditions) => {
      const embedder = copyEmbedder && conditions && (await copiedEmbedder(conditions, readWeights));
      return withLatents(context.inputs.latents, 'train', (latents) =>
        trainDiffusion(context, {
          what: `student ${student.name}`,
          task,
          settings: decided(distill),
          diffusion,
          latents,
          ...(student.start && { start: async () => startOf(context, await readWeights()) }),
          ...(pruning && {
            start: async () => prunedFrom(context, pruning, await readWeights(), { latents, conditions }),
          }),
          ...(teacherWeights && { teacherWeights }),
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

/** Of the teacher's weights those that stand in place of the student's, and those of its embedder. */
function startOf({ params }: Context, weights: HostTensors): HostTensors {
  const { student, teacherUnet } = params;
  return {
    ...(teacherUnet && weightsInPart(teacherUnet, student.unet, weights)),
    ...trainedEmbedder(params, weights),
  };
}

/** The weights of the channels that matter most, and those of the embedder. */
async function prunedFrom(
  context: Context,
  pruning: Pruning,
  weights: HostTensors,
  data: TrainingData,
): Promise<HostTensors> {
  return {
    ...(await prunedStart(context, pruning, weights, data)),
    ...trainedEmbedder(context.params, weights),
  };
}

function trainedEmbedder({ conditioning }: Context['params'], weights: HostTensors): HostTensors {
  return conditioning && !isFrozen(conditioning) ? embedderOf(conditioning.network, weights) : {};
}

/** The teacher's class table or text encoder, which the student takes over; of encoders outside the models, nothing. */
async function copiedEmbedder(
  { network, encoder }: Conditions,
  readWeights: ReadWeights,
): Promise<HostTensors> {
  return encoder ? {} : embedderOf(network, await readWeights());
}

function embedderOf(network: ConditionerConfig, weights: HostTensors): HostTensors {
  return Object.fromEntries(conditionerSpec(network).map(({ name }) => [name, weights[name]!]));
}
