// The schema and the checks applied: defaults are filled in, and everything that is wrong is found in one pass.
import { InvariantError } from '../errors.ts';
import { checkExperiment } from './check.ts';
import { explain, type SchemaError } from './explain.ts';
import { isMapping } from './layers.ts';
import type { Issue, Path } from './problem.ts';
import { experimentSchema, type SchemaNode } from './schema.ts';
import type { Experiment } from './types.generated.ts';
import { validatorOf } from './validator.ts';

/** An experiment as its schema describes it: `extends` may still stand in it. */
export type SchemaExperiment = Experiment & { extends?: string };

export type Validated =
  | { readonly config: SchemaExperiment; readonly warnings: readonly Issue[]; readonly issues?: never }
  | { readonly issues: readonly Issue[]; readonly config?: never };

/** A copy of `data` with the schema's defaults and what is odd about it, or all that is wrong with it. */
export function validateExperiment(data: unknown): Validated {
  const { filled, issues } = applySchema(experimentSchema(), data);
  const config = filled as SchemaExperiment; // as far as it is sound
  if (!isMapping(filled)) return { issues };
  const broken = new Set(issues.map(({ path }) => String(path[0])));
  const findings = checkExperiment(config, broken);
  const all = [...issues, ...findings.issues];
  return all.length > 0 ? { issues: all } : { config, warnings: findings.warnings };
}

export interface SchemaApplied {
  /** A copy of the data with defaults; of the type that was generated from the schema where there are no issues. */
  readonly filled: unknown;
  readonly issues: readonly Issue[];
}

/** Fills in the defaults of any schema of ours, and finds all that does not fit it. */
export function applySchema(schema: SchemaNode, data: unknown): SchemaApplied {
  const validate = validatorOf(schema);
  const filled: unknown = structuredClone(data);
  if (validate(filled)) return { filled, issues: [] };
  const errors = (validate.errors ?? []) as SchemaError[];
  const issues = withoutBranches(errors).flatMap(
    (error) => explain(error, pathOf(error, filled), schema) ?? [],
  );
  if (issues.length === 0) throw new InvariantError('the schema refuses what none of its errors explains');
  return { filled, issues };
}

/** `instancePath` (a JSON pointer) as steps; the steps into lists are numbers. */
function pathOf({ instancePath }: SchemaError, data: unknown): Path {
  const path: (string | number)[] = [];
  let here = data;
  for (const step of instancePath.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(Array.isArray(here) ? Number(key) : key);
    here = (here as Readonly<Record<string, unknown>>)[key];
  }
  return path;
}

/**
 * A value that fits no alternative of an `anyOf` fails in each of them. If it has the type of one, that one's errors
 * tell what is wrong; if of none, the `anyOf` error does.
 */
function withoutBranches(errors: readonly SchemaError[]): SchemaError[] {
  let kept = [...errors];
  for (const whole of errors.filter(({ keyword }) => keyword === 'anyOf')) {
    const inside = (error: SchemaError) => error.schemaPath.startsWith(`${whole.schemaPath}/`);
    const branches = kept.filter(
      (error) => error.instancePath.startsWith(whole.instancePath) && inside(error),
    );
    const mistyped = (error: SchemaError) =>
      ['type', 'const', 'enum'].includes(error.keyword) && branchOf(error, whole) !== '';
    const wrongBranches = new Set(branches.filter(mistyped).map((error) => branchOf(error, whole)));
    const telling = branches.filter((error) => !wrongBranches.has(branchOf(error, whole)));
    kept = kept.filter((error) => !branches.includes(error) || telling.includes(error));
    if (telling.length > 0) kept = kept.filter((error) => error !== whole);
  }
  return kept;
}

/** Which alternative of `whole` an error inside it belongs to. */
function branchOf(error: SchemaError, whole: SchemaError): string {
  return error.schemaPath.slice(whole.schemaPath.length + 1).split('/')[0] ?? '';
}
