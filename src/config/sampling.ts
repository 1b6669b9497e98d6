// How each model is sampled: as `sample` says, but for what the model's own settings change.
import { samplers } from '../diffusion/samplers.ts';
import { InvariantError } from '../errors.ts';
import type { Experiment } from './types.generated.ts';

/** As the schema says of keys that are absent. */
const usualQuantization = { images: 16, maxError: 0.01 };

type ModelSampling = NonNullable<Experiment['teacher']['sample']>;

/** The settings of `model`: `teacher`, or a student's name. */
export function samplingOf(config: Experiment, model: string): Experiment['sample'] {
  const { teacher, students } = config;
  const own = model === 'teacher' ? teacher : students[model];
  if (own === undefined) throw new InvariantError(`there is no student ${model}`);
  return { ...config.sample, ...own.sample };
}

/** How the model is quantized that is sampled by `settings`; undefined where it is not. */
export function quantizationOf({
  precision,
  int8 = {},
}: Experiment['sample']): { readonly images: number; readonly maxError: number } | undefined {
  const { images = usualQuantization.images, maxError = usualQuantization.maxError } = int8;
  return precision === 'int8' ? { images, maxError } : undefined;
}

/** Settings of one model that hold whatever the experiment says, as changes to it. A sampler without eta puts it to 0. */
export function samplingOverrides(model: string, settings: ModelSampling): string[] {
  const path = model === 'teacher' ? model : `students.${model}`;
  const { sampler } = settings;
  const plain = sampler !== undefined && !samplers[sampler].takesEta ? { eta: 0, ...settings } : settings;
  return Object.entries(plain).map(([name, value]) => `${path}.sample.${name}=${value}`);
}
