// scheduler_config.json: diffusers' DDIMScheduler with the schedule of an experiment, so that both visit the same
// timesteps with the same products of alphas. A configuration's steps are checked to divide its timesteps evenly, and
// for such counts `leading` with an offset of 1 is what `ddimTimesteps` gives.
import type { SampleParams } from '../../stages/describing/sampling-settings.ts';
import type { DiffusionParams } from '../../stages/params.ts';
import type { JsonConfig } from '../../weights/diffusers/diffusers-config.ts';

export function ddimSchedulerConfig(
  { linearStart, linearEnd, timesteps, prediction }: DiffusionParams,
  { setAlphaToOne = false }: Pick<SampleParams['sample'], 'setAlphaToOne'>,
): JsonConfig {
  return {
    _class_name: 'DDIMScheduler',
    num_train_timesteps: timesteps,
    beta_schedule: 'scaled_linear',
    beta_start: linearStart,
    beta_end: linearEnd,
    prediction_type: prediction === 'v' ? 'v_prediction' : 'epsilon',
    timestep_spacing: 'leading',
    steps_offset: 1,
    set_alpha_to_one: setAlphaToOne, // else the last step leads to the first of the schedule
    clip_sample: false,
    thresholding: false,
    rescale_betas_zero_snr: false,
  };
}
