// `a.b=c` from the command line as layers over the file. The value is YAML, so lists and numbers read as they do in
// the file; an empty value or null removes the key. Unknown keys are found by the schema, as in the file.
import { ExperimentError, type Problem } from './problem.ts';
import type { Layer } from './layers.ts';
import { parseYaml, pointer, type Parsed } from './parse.ts';

const segment = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;
const forbidden: ReadonlySet<string> = new Set(['constructor', 'prototype']);

/**
 * One layer per override, in order. `folder`: where relative paths in them start. Throws ExperimentError (about
 * `file`) listing every override that cannot be read.
 */
export function overrideLayers(overrides: readonly string[], file: string, folder: string): Layer[] {
  const problems: Problem[] = [];
  const layers = overrides.flatMap((text, i): Layer[] => {
    const name = `override #${i + 1} \`${text}\``;
    try {
      return [{ ...parseOverride(text, name), file: name, folder }];
    } catch (error) {
      if (!(error instanceof ExperimentError)) throw error;
      problems.push(...error.problems);
      return [];
    }
  });
  if (problems.length > 0) throw new ExperimentError(file, problems);
  return layers;
}

function parseOverride(text: string, name: string): Parsed {
  const refuse = (message: string) => new ExperimentError(name, [{ where: { file: name }, message }]);
  const equals = text.indexOf('=');
  if (equals < 1) throw refuse('an override has the form key.key=value');
  const path = text.slice(0, equals).split('.');
  const wrong = path.find((key) => !segment.test(key) || forbidden.has(key));
  if (wrong !== undefined) throw refuse(`${wrong === '' ? 'an empty name' : wrong} is not allowed as a key`);
  if (path[0] === 'extends') throw refuse('what a file extends cannot be overridden');
  const written = text.slice(equals + 1).trim();
  const { value, places } = parseYaml(written, { file: name, positions: false });
  if (value === null && !['', '~', 'null'].includes(written))
    throw refuse(`${written} is empty as YAML; put it in quotes`);
  const where = { key: { file: name }, value: { file: name } };
  const prefix = pointer(path);
  return {
    value: path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value),
    places: new Map([[prefix, where], ...[...places.keys()].map((key) => [prefix + key, where] as const)]),
  };
}
