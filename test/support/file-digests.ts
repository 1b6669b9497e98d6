// What a run left behind, in a form that two runs can be compared by.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** sha256 of the files below `root` whose paths in it `wanted` accepts, by path. */
export function digestsBelow(root: string, wanted: (file: string) => boolean): Record<string, string> {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (file) => wanted(file) && statSync(path.join(root, file)).isFile(),
  );
  return Object.fromEntries(files.sort().map((file) => [file, digestOf(path.join(root, file))]));
}

function digestOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
