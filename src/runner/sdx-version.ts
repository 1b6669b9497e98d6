// The version of this program: from the nearest package.json above this file, in src/ as in dist/.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { InvariantError } from '../errors.ts';

/** For example `0.1.0`. */
export function sdxVersion(): string {
  for (let folder = import.meta.dirname; ; folder = path.dirname(folder)) {
    const file = path.join(folder, 'package.json');
    if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
    if (folder === path.dirname(folder)) throw new InvariantError('package.json of sdx not found');
  }
}
