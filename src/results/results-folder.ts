// Where the results of an experiment lie.
import path from 'node:path';

export interface ResultsPlace {
  /** Parent of the folder `<experiment>`. */
  readonly resultsDir: string;
  /** Folder within that one, of an experiment with changes; absent: the results of the experiment as it is. */
  readonly variant?: string | undefined;
}

/** Absolute. */
export function resultsFolderOf({
  resultsDir,
  variant = '',
  config: { name },
}: ResultsPlace & { readonly config: { readonly name: string } }): string {
  return path.resolve(resultsDir, name, variant);
}
