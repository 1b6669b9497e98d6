// Folders for what tests write, removed when they are over.
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach } from 'vitest';

const prefix = path.join(tmpdir(), 'sdx-test-');

/** The path of a folder, or of `parts` in it. */
export type InFolder = (...parts: string[]) => string;

/** A fresh folder for each test and what is set up before it. Call before other hooks. */
export function folderPerTest(): InFolder {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(prefix);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  return (...parts) => path.join(folder, ...parts);
}

/** One folder for all tests of a file, there at once. Call at the top of the file. */
export function folderPerFile(): InFolder {
  const folder = mkdtempSync(prefix);
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return (...parts) => path.join(folder, ...parts);
}
