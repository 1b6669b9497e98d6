// A component of a diffusers pipeline: a folder of its own, and where its class is, as model_index.json says it.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '../../files/atomic-file.ts';
import { makeFolder } from '../../files/make-folder.ts';

export interface Component {
  readonly name: string;
  /** `diffusers`, `transformers`, or the name of a Python file in the component's folder. */
  readonly library: string;
  readonly className: string;
  /** Numbers in the network; absent where it is none. */
  readonly parameters?: number;
  /** Whether `library` is such a file, of ours. */
  readonly isOwn?: boolean;
  /** Writes everything into the folder. */
  readonly write: (folder: string) => Promise<void>;
}

export async function writeJson(file: string, content: object): Promise<void> {
  await makeFolder(path.dirname(file));
  await writeFileAtomic(file, `${JSON.stringify(content, null, 2)}\n`);
}

/** Writes the Python file `name` of this folder's `python` into `folder`. */
export async function writePython(folder: string, name: string): Promise<void> {
  await makeFolder(folder);
  await writeFileAtomic(
    path.join(folder, `${name}.py`),
    await readFile(new URL(`./python/${name}.py`, import.meta.url)),
  );
}
