// Looks through folders for what may need artifacts: YAML files of experiments and sweeps, and the files of results.
import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { systemErrorCode, withDiskErrors } from '../files/system-errors.ts';

export interface FoundFiles {
  /** Files that end in .yaml or .yml. */
  readonly configurations: readonly string[];
  /** manifest.json and analysis.json. */
  readonly results: readonly string[];
}

/** Folders that hold other people's files. */
const foreign: ReadonlySet<string> = new Set(['node_modules']);

/**
 * All such files in `places`, folders and files; links are followed, folders with a leading dot and `storeDir` are not
 * entered. Throws UserError('input') for a place or a folder that cannot be read.
 */
export async function findFiles(places: readonly string[], storeDir: string): Promise<FoundFiles> {
  const configurations: string[] = [];
  const results: string[] = [];
  const entered = new Set([await realpath(storeDir).catch(() => path.resolve(storeDir))]);
  const take = (file: string): void => {
    if (/\.ya?ml$/.test(file)) configurations.push(file);
    else if (['manifest.json', 'analysis.json'].includes(path.basename(file))) results.push(file);
  };
  const enter = async (folder: string): Promise<void> => {
    const real = await realpath(folder);
    if (entered.has(real)) return;
    entered.add(real);
    for (const name of (await readdir(folder)).sort()) {
      const found = path.join(folder, name);
      if (!(await isFolder(found))) take(found);
      else if (!name.startsWith('.') && !foreign.has(name)) await enter(found);
    }
  };
  for (const place of places)
    await withDiskErrors(place, async () => {
      if ((await stat(place)).isDirectory()) await enter(place);
      else take(place);
    });
  return { configurations, results };
}

/** False for a link that leads nowhere: whoever reads it says so. */
async function isFolder(target: string): Promise<boolean> {
  try {
    return (await stat(target)).isDirectory();
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ELOOP') return false;
    throw error;
  }
}
