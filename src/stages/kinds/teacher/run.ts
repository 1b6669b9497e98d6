// The large model: loaded from a checkpoint, or trained here on the noise-prediction loss alone.
import { InvariantError } from '../../../errors.ts';
import type { ConditioningParams } from '../../params.ts';
import {
  embedderComponent,
  unetComponent,
  withPrefix,
  type NetworkComponent,
} from '../../../weights/network-components.ts';
import { withConditions } from '../../conditions/conditions.ts';
import { decided } from '../../training/micro-batch.ts';
import { trainDiffusion } from '../../training/diffusion-training.ts';
import { withLatents } from '../../rows/latents-file.ts';
import { copyWeights } from '../../networks/load-network.ts';
import { networkFacts } from '../../networks/traced-cost.ts';
import { given, stageOf } from '../../stage.ts';
import type { ModelSummary } from '../../training/summary.ts';
import { teacher } from './describe.ts';
import { teacherTask } from './task.ts';

export const teacherStage = stageOf(teacher, {
  async run(context) {
    const { unet, conditioning, diffusion, checkpoint, train } = context.params;
    if (checkpoint !== undefined) {
      await copyWeights(
        context.outputDir,
        [withPrefix(unetComponent(unet), checkpoint), ...embedderComponents(conditioning)],
        checkpoint,
      );
      const summary: ModelSummary = {
        source: 'loaded',
        ...networkFacts(unet, conditioning?.network),
        steps: 0,
        curve: [],
        seconds: 0,
      };
      return { summary };
    }
    const task = teacherTask(context.params);
    if (train === undefined || task === undefined)
      throw new InvariantError('a teacher with neither checkpoint nor training');
    return withConditions(context, conditioning, 'train', (conditions) =>
      withLatents(given(context.inputs.latents, 'latents'), 'train', (latents) =>
        trainDiffusion(context, {
          what: 'teacher',
          task,
          settings: decided(train),
          diffusion,
          latents,
          ...(conditions && { conditions }),
          dropRate: conditioning?.dropRate ?? 0,
        }),
      ),
    );
  },
});

/** The embedder within the checkpoint; CLIP has a file of its own. */
function embedderComponents(conditioning: ConditioningParams | undefined): NetworkComponent[] {
  return conditioning === undefined || conditioning.textEncoder?.kind === 'clip'
    ? []
    : [embedderComponent(conditioning.network)];
}
