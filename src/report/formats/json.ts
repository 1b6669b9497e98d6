// JSON as results folders keep it: two spaces, keys as given, a newline at the end.

/** Numbers that JSON cannot hold (a diverged loss) become null. */
export function formatJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
