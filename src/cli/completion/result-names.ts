// Names of results: the folders that hold a manifest.
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';

/** Those in `folder`, `<experiment>` and `<experiment>/<changes>`, sorted; none where there is no such folder. */
export async function resultNames(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    const variants = (await readdir(path.join(folder, name)).catch(() => [])).map((one) => `${name}/${one}`);
    found.push(...[name, ...variants].filter((one) => existsSync(path.join(folder, one, 'manifest.json'))));
  }
  return found.sort();
}
