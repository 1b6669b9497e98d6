// A folder for one test, removed after it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach } from 'vitest';

/** Call at the top of a test file; the result gives the path of a fresh folder, or of `parts` in it. */
export function temporaryFolder(): (...parts: string[]) => string {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sdx-datasets-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  return (...parts) => path.join(folder, ...parts);
}
