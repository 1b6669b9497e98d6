// The large model: loaded from a checkpoint, or trained here on the noise-prediction loss alone.
import { InvariantError } from '../../../errors.ts';
import { conditionerSpec } from '../../../models/conditioner/conditioner.ts';
import { unetSpec } from '../../../models/unet/unet.ts';
import type { ParamSpec } from '../../../nn/params.ts';
import type { ConditioningParams, TeacherParams } from '../../../plan/stage-params.ts';
import { withConditions } from '../../conditions/conditions.ts';
import { trainDiffusion } from '../../training/diffusion-training.ts';
import { withLatents } from '../../rows/latents-file.ts';
import { copyWeights } from '../../networks/load-network.ts';
import { networkFacts } from '../../networks/network-cost.ts';
import { inputOf, type Stage } from '../../stage.ts';
import type { ModelSummary } from '../../summaries.ts';

/** Names of the UNet in latent-diffusion's checkpoints. */
const checkpointPrefix = 'model.diffusion_model.';

export const teacherStage: Stage<TeacherParams> = {
  kind: 'teacher',
  version: 1,
  async run(context) {
    const { unet, conditioning, diffusion, checkpoint, train } = context.params;
    if (checkpoint !== undefined) {
      await copyWeights(
        context.outputDir,
        [
          {
            specs: unetSpec(unet),
            prefix: checkpoint.prefix ?? checkpointPrefix,
            diffusers: { kind: 'unet', config: unet },
          },
          { specs: embedderSpec(conditioning), prefix: '', neverAveraged: true },
        ],
        checkpoint,
      );
      const summary: ModelSummary = {
        source: 'loaded',
        ...networkFacts(unet, conditioning?.network),
        steps: 0,
        curve: [],
        seconds: 0,
      };
      return { summary: { ...summary } };
    }
    if (train === undefined) throw new InvariantError('a teacher with neither checkpoint nor training');
    return withConditions(context, conditioning, (conditions) =>
      withLatents(inputOf(context, 'latents'), (latents) =>
        trainDiffusion(context, {
          what: 'teacher',
          unet,
          settings: train,
          diffusion,
          latents,
          ...(conditions && { conditions }),
          dropRate: conditioning?.dropRate ?? 0,
        }),
      ),
    );
  },
};

/** The embedder that belongs to the checkpoint: a class table; text encoders have files of their own. */
function embedderSpec(conditioning: ConditioningParams | undefined): ParamSpec[] {
  return conditioning === undefined || conditioning.textEncoder?.kind === 'clip'
    ? []
    : conditionerSpec(conditioning.network);
}
