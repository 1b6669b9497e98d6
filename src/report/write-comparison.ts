// Writes the page of a comparison, over one of an earlier comparison and nothing else.
import { readFile } from 'node:fs/promises';
import { UserError } from '../errors.ts';
import { makeFolderOf, writeFileAtomic } from '../files/atomic-file.ts';
import { systemErrorCode, withDiskErrors } from '../files/system-errors.ts';
import type { Comparison } from '../results/comparison.ts';
import { comparisonKicker, renderComparison } from './pages/comparison-html.ts';

/** Makes the folder of `file`. Throws UserError('usage') where something else lies there. */
export async function prepareComparison(file: string): Promise<void> {
  const there = await readFile(file, 'utf8').catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    if (systemErrorCode(error) === 'EISDIR')
      throw new UserError('usage', `${file} is a folder`, { hint: 'name a file: --output compare.html' });
    throw error;
  });
  if (there !== undefined && !there.includes(`<p class="kicker">${comparisonKicker}</p>`))
    throw new UserError('usage', `${file} is there already, and is no page of sdx compare`, {
      hint: 'name another file with --output',
    });
  await makeFolderOf(file);
}

/** Replaces `file` atomically; the same comparison gives the same bytes. */
export function writeComparison(file: string, comparison: Comparison): Promise<void> {
  return withDiskErrors(file, () => writeFileAtomic(file, renderComparison(comparison)));
}
