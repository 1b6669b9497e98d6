// The large model: loaded from a checkpoint, or trained here on the noise-prediction loss alone.
import { copyWeights } from './load-network.ts';
import { InvariantError } from '../errors.ts';
import { unetSpec } from '../models/unet.ts';
import type { TeacherParams } from '../plan/stage-params.ts';
import { trainDiffusion } from './diffusion-training.ts';
import { readLatents } from './latents-file.ts';
import { unetCost } from './network-cost.ts';
import { inputOf, type Stage } from './stage.ts';
import type { ModelSummary } from './summaries.ts';

/** Names of the UNet in latent-diffusion's checkpoints. */
const checkpointPrefix = 'model.diffusion_model.';

export const teacherStage: Stage<TeacherParams> = {
  kind: 'teacher',
  version: 1,
  async run(context) {
    const { unet, diffusion, checkpoint, train } = context.params;
    if (checkpoint !== undefined) {
      await copyWeights(context.outputDir, unetSpec(unet), { prefix: checkpointPrefix, ...checkpoint });
      const { params, ...macs } = unetCost(unet);
      const summary: ModelSummary = {
        source: 'loaded',
        params,
        ...macs,
        modelChannels: unet.modelChannels,
        waveletGating: unet.waveletGating,
        steps: 0,
        curve: [],
        seconds: 0,
      };
      return { summary: { ...summary } };
    }
    if (train === undefined) throw new InvariantError('a teacher with neither checkpoint nor training');
    const latents = await readLatents(inputOf(context, 'latents'));
    return trainDiffusion(context, { what: 'teacher', unet, settings: train, diffusion, latents });
  },
};
