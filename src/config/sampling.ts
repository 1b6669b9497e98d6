// How each model is sampled: as `sample` says, but for what the model's own settings change.
import { samplers } from '../diffusion/samplers.ts';
import { InvariantError } from '../errors.ts';
import type { Experiment } from './types.generated.ts';

type ModelSampling = NonNullable<Experiment['teacher']['sample']>;

/** The settings of `model`: `teacher`, or a student's name. */
export function samplingOf(config: Experiment, model: string): Experiment['sample'] {
  const { teacher, students } = config;
  const own = model === 'teacher' ? teacher : students[model];
  if (own === undefined) throw new InvariantError(`there is no student ${model}`);
  return { ...config.sample, ...own.sample };
}

/** Settings of one model that hold whatever the experiment says, as changes to it. A sampler without eta puts it to 0. */
export function samplingOverrides(model: string, settings: ModelSampling): string[] {
  const path = model === 'teacher' ? model : `students.${model}`;
  const { sampler } = settings;
  const plain = sampler !== undefined && !samplers[sampler].takesEta ? { eta: 0, ...settings } : settings;
  return Object.entries(plain).map(([name, value]) => `${path}.sample.${name}=${value}`);
}
