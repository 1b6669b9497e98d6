// What can be wrong with an experiment, as data: a problem knows its place; all of them are raised as one error.
import { UserError, type Place } from '../errors.ts';

/** Keys and list positions from the root of the configuration. */
export type Path = readonly (string | number)[];

/** Something wrong at a path of the merged configuration; where that was written is not known yet. */
export interface Issue {
  readonly path: Path;
  /** Whether the key itself is at fault, or its value. */
  readonly at: 'key' | 'value';
  readonly message: string;
}

/** Something wrong at a place of a file, or in an override (`file` then quotes it). */
export interface Problem {
  readonly where: Place;
  readonly message: string;
}

/** `students.sd.freq`, `teacher.unet.channelMult[2]`. */
export function dotted(path: Path): string {
  return path
    .map((step, i) => (typeof step === 'number' ? `[${step}]` : i === 0 ? step : `.${step}`))
    .join('');
}

/** The issue at `path` whose message begins with it: `students.sd has ...`. */
export function issueAt(path: Path, message: string, at: Issue['at'] = 'value'): Issue {
  return { path, at, message: `${dotted(path)}${message}` };
}

/** `file:line:column`, as far as known. */
export function placeText({ file, line, column }: Place): string {
  return [file, line, column].filter((part) => part !== undefined).join(':');
}

/** More than this is noise in a terminal; `problems` has all. */
const listedProblems = 30;

/** All problems of an experiment in one error (exit 2); the message lists each with its place. */
export class ExperimentError extends UserError {
  readonly problems: readonly Problem[];

  constructor(file: string, problems: readonly Problem[], what: 'experiment' | 'sweep' = 'experiment') {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    const list = problems
      .slice(0, listedProblems)
      .map(({ where, message }) => `  ${placeText(where)}: ${message}`);
    if (problems.length > list.length) list.push(`  and ${problems.length - list.length} more`);
    super('usage', [`${file} is not a valid ${what}: ${count}`, ...list].join('\n'));
    this.name = 'ExperimentError';
    this.problems = problems;
  }
}
