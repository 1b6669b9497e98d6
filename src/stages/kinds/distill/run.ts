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
import { distill as description } from './describe.ts';
import { distillTask } from './task.ts';

type Context = StageContext<typeof description>;

export const distillStage = stageOf(description, {
  async run(context) {
    const { student, distill, diffusion, conditioning, copyEmbedder } = context.params;
    const task = distillTask(context.params);
    const readWeights = teachersWeights(context);
    const start = student.start && startOf(context, await readWeights());
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
          ...(start && { start }),
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
function startOf(
  { params: { student, teacherUnet, conditioning } }: Context,
  weights: HostTensors,
): HostTensors {
  return {
    ...(teacherUnet && weightsInPart(teacherUnet, student.unet, weights)),
    ...(conditioning && !isFrozen(conditioning) && embedderOf(conditioning.network, weights)),
  };
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
