// Names of results: the folders that hold a manifest.
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';

/** Those in `folder`, sorted; none where there is no such folder. */
export async function resultNames(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => existsSync(path.join(folder, name, 'manifest.json'))).sort();
}
