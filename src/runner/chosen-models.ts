// Models of an experiment that a command names.
import type { Experiment } from '../config/types.generated.ts';
import { UserError } from '../errors.ts';

/** `models`, or all where none are named, in the order of the experiment. Throws UserError('usage') for unknown ones. */
export function chosenModels({ students }: Experiment, models: readonly string[]): string[] {
  const all = ['teacher', ...Object.keys(students)];
  const unknown = models.find((model) => !all.includes(model));
  if (unknown !== undefined)
    throw new UserError('usage', `the experiment has no model ${unknown}`, {
      hint: `it has ${all.join(', ')}; changes have the form key.key=value`,
    });
  return models.length === 0 ? all : all.filter((model) => models.includes(model));
}
