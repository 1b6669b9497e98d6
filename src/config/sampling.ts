// How each model is sampled: as `sample` says, but for what the model's own settings change.
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

/** `config` with settings that hold for `model` whatever its own are; a model that there is not changes nothing. */
export function withSampling(config: Experiment, model: string, settings: ModelSampling): Experiment {
  const { teacher, students } = config;
  if (model === 'teacher')
    return { ...config, teacher: { ...teacher, sample: { ...teacher.sample, ...settings } } };
  const student = students[model];
  if (student === undefined) return config;
  return {
    ...config,
    students: { ...students, [model]: { ...student, sample: { ...student.sample, ...settings } } },
  };
}
