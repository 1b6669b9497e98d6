// How the tensors of a file differ from the parameters of a network, in the words of error messages.

/** A tensor of another shape than the parameter. */
export interface ShapeMismatch {
  readonly name: string;
  readonly expected: readonly number[];
  readonly found: readonly number[];
}

const shown = 3;

/** `names.length` and the first names, under `what`; empty where there are none. */
export function listed(what: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const rest = names.length > shown ? `, and ${names.length - shown} more` : '';
  return [`${names.length} ${what} (${names.slice(0, shown).join(', ')}${rest})`];
}

/** The same for tensors of another shape. */
export function listedShapes(mismatched: readonly ShapeMismatch[]): string[] {
  return listed(
    'of another shape',
    mismatched.map(({ name, expected, found }) => `${name} [${found.join()}] for [${expected.join()}]`),
  );
}
