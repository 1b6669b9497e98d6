// What ajv found, said so that it can be mended: the key, what stands there, what is needed, what was likely meant.
import type { ErrorObject } from 'ajv';
import { isMapping } from './layers.ts';
import { dotted, type Issue, type Path } from './problem.ts';
import { allKeys, dereference, homesOf, kindsOf, type SchemaNode } from './schema.ts';
import { closest, sameWord } from './suggest.ts';

/** An error of ajv (`verbose: true`) under a schema of ours. */
export interface SchemaError extends ErrorObject<string, Readonly<Record<string, unknown>>> {
  readonly parentSchema?: SchemaNode;
}

/** The issue behind `error`, which was found at `path`; undefined where another error says it better. */
export function explain(error: SchemaError, path: Path, root: SchemaNode): Issue | undefined {
  const explanation = explanations[error.keyword];
  if (error.propertyName !== undefined) return undefined; // `propertyNames` says it
  if (explanation === undefined)
    return { path, at: 'value', message: `${dotted(path)} ${error.message ?? ''}` };
  return explanation(error, path, root);
}

type Explanation = (error: SchemaError, path: Path, root: SchemaNode) => Issue | undefined;

const explanations: Readonly<Record<string, Explanation>> = {
  additionalProperties: ({ params, parentSchema }, path, root) =>
    unknownKey(
      [...path, String(params['additionalProperty'])],
      Object.keys(parentSchema?.properties ?? {}),
      root,
    ),
  required: ({ params, parentSchema }, path, root) =>
    missingKey([...path, String(params['missingProperty'])], parentSchema ?? {}, root),
  discriminator: ({ params, parentSchema }, path, root) =>
    // A missing kind is found by `required` too.
    params['tagValue'] === undefined
      ? undefined
      : wrongChoice([...path, 'kind'], params['tagValue'], kindsOf(root, parentSchema ?? {})),
  enum: ({ data, params }, path) => wrongChoice(path, data, params['allowedValues'] as readonly unknown[]),
  const: ({ data, params }, path) => wrongChoice(path, data, [params['allowedValue']]),
  type: value(({ data, params }) => wrongType(data, String(params['type']))),
  minimum: value(
    ({ data, params }) => `${show(data)} is too small; ${show(params['limit'])} or more is needed`,
  ),
  exclusiveMinimum: value(
    ({ data, params }) => `${show(data)} is too small; more than ${show(params['limit'])} is needed`,
  ),
  maximum: value(
    ({ data, params }) => `${show(data)} is too large; ${show(params['limit'])} or less is needed`,
  ),
  exclusiveMaximum: value(
    ({ data, params }) => `${show(data)} is too large; less than ${show(params['limit'])} is needed`,
  ),
  multipleOf: value(({ data, params }) => `${show(data)} is not a multiple of ${show(params['multipleOf'])}`),
  minLength: value(() => 'the text is empty'),
  maxLength: value(({ params }) => `the text is too long; ${show(params['limit'])} characters are allowed`),
  minItems: value(() => 'the list is empty'),
  maxItems: value(({ params }) => `the list is too long; ${show(params['limit'])} items are allowed`),
  maxProperties: value(({ params }) => `there are too many; ${show(params['limit'])} are allowed`),
  uniqueItems: value(
    ({ data, params }) => `${show((data as readonly unknown[])[Number(params['j'])])} is in the list twice`,
  ),
  minProperties: value(() => 'it is empty; at least one is needed'),
  pattern: value(
    ({ data, params, parentSchema }) =>
      `${show(data)} does not match ${String(params['pattern'])}${inBrackets(parentSchema?.description)}`,
  ),
  propertyNames: ({ params }, path) => ({
    path: [...path, String(params['propertyName'])],
    at: 'key',
    message: `${dotted([...path, String(params['propertyName'])])}: a name consists of at most 100 lower-case letters, digits and hyphens`,
  }),
  anyOf: value(
    ({ data, parentSchema }) => `${show(data)} is not possible; ${alternatives(parentSchema)} is needed`,
  ),
};

function value(text: (error: SchemaError) => string): Explanation {
  return (error, path) => ({ path, at: 'value', message: `${dotted(path)}: ${text(error)}` });
}

function unknownKey(path: Path, allowed: readonly string[], root: SchemaNode): Issue {
  return {
    path,
    at: 'key',
    message: `${dotted(path)} is not a known key; ${keyHint(String(path.at(-1)), allowed, root)}`,
  };
}

function keyHint(key: string, allowed: readonly string[], root: SchemaNode): string {
  const near = closest(key, allowed);
  if (near !== undefined) return `did you mean ${near}?`;
  const elsewhere = sameWord(key, allKeys(root));
  if (elsewhere === undefined) return `known here: ${allowed.join(', ')}`;
  const named = elsewhere === key ? 'it' : elsewhere;
  const homes = homesOf(root, elsewhere);
  const shown = homes.slice(0, mostHomes);
  const rest = homes.length - shown.length;
  return `${named} belongs to ${rest > 0 ? `${shown.join(', ')} and ${rest} more` : listed(shown)}`;
}

/** Places of a key that a message names. */
const mostHomes = 3;

function missingKey(path: Path, parent: SchemaNode, root: SchemaNode): Issue {
  const key = String(path.at(-1));
  const property = parent.properties?.[key];
  const kinds = key === 'kind' ? kindsOf(root, parent) : [];
  const hint =
    kinds.length > 0 ? `; one of ${listed(kinds.map(plain), 'and')}` : inBrackets(meaning(property, root));
  return { path, at: 'key', message: `${dotted(path)} is missing${hint}` };
}

function meaning(property: SchemaNode | undefined, root: SchemaNode): string | undefined {
  return property && (property.description ?? dereference(root, property).description);
}

function inBrackets(description: string | undefined): string {
  return description === undefined ? '' : ` (${description.replace(/\.$/, '')})`;
}

function wrongChoice(path: Path, found: unknown, allowed: readonly unknown[]): Issue {
  const names = allowed.map(plain);
  const near = typeof found === 'string' ? closest(found, names) : undefined;
  const hint = near === undefined ? '' : `; did you mean ${near}?`;
  const possible = names.length === 1 ? names[0]! : `one of ${names.join(', ')}`;
  return { path, at: 'value', message: `${dotted(path)}: ${show(found)} is not ${possible}${hint}` };
}

const truthWords: Readonly<Record<string, boolean>> = { yes: true, on: true, no: false, off: false };
const typeNames: Readonly<Record<string, string>> = {
  integer: 'an integer',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping of keys',
};

function wrongType(found: unknown, needed: string): string {
  const truth =
    typeof found === 'string' && needed === 'boolean' ? truthWords[found.toLowerCase()] : undefined;
  const hint = truth === undefined ? '' : `; did you mean ${truth}?`;
  return `${show(found)} is ${typeOf(found)}; ${typeNames[needed] ?? needed} is needed${hint}`;
}

function typeOf(found: unknown): string {
  if (found === null) return 'nothing';
  if (Array.isArray(found)) return 'a list';
  if (isMapping(found)) return 'a mapping';
  return typeof found === 'string' ? 'a string' : typeof found === 'number' ? 'a number' : 'a truth value';
}

/** `number above 0 or auto`, of a schema with `anyOf`. */
function alternatives(schema: SchemaNode | undefined): string {
  return listed(
    (schema?.anyOf ?? []).flatMap((option) => {
      if (option.const !== undefined) return plain(option.const);
      if (option.enum) return option.enum.map(plain);
      const above = option.exclusiveMinimum === undefined ? '' : ` above ${option.exclusiveMinimum}`;
      return (typeNames[option.type ?? ''] ?? 'a value') + above;
    }),
  );
}

function listed(words: readonly string[], last = 'or'): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)!}`;
}

/** A value as in JSON, shortened; infinities and NaN by name. */
function show(found: unknown): string {
  const text = typeof found === 'number' ? String(found) : JSON.stringify(found);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function plain(choice: unknown): string {
  return typeof choice === 'string' ? choice : JSON.stringify(choice);
}
