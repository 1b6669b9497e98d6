import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../../src/cli/exit.ts';
import { errorReport } from '../../../src/cli/print-error.ts';
import { InvariantError, StageError } from '../../../src/errors.ts';
import { diskError, isDiskError, systemErrorCode } from '../../../src/files/system-errors.ts';
import { folderPerFile } from '../../support/temporary-folder.ts';

const inFolder = folderPerFile();

function failure(code: string, errno: number, syscall = 'write'): Error {
  return Object.assign(new Error(`${code}: ${code}, ${syscall}`), { code, errno, syscall });
}

describe('errors of the system', () => {
  it.each([
    ['ENOSPC', -28, /the disk is full/],
    ['Unknown system error -122', -122, /the disk quota is used up/],
    ['EROFS', -30, /read-only/],
    ['EIO', -5, /the disk reports an error/],
    ['EACCES', -13, /permission denied/],
    ['EMFILE', -24, /too many open files/],
    ['ENOMEM', -12, /no memory left/],
    ['ENAMETOOLONG', -36, /too long/],
    ['EXDEV', -18, /the system refuses \(EXDEV, write\)/],
  ])('%s: exit 3, one line and what to do, never a stack', (code, errno, message) => {
    const report = errorReport(failure(code, errno));
    expect(report).toMatchObject({ exitCode: 3, error: expect.stringMatching(message) as string });
    expect(report.hint).toMatch(/./);
    expect(report).not.toHaveProperty('stack');
    expect(report.error).not.toContain('\n');
  });

  it('the quota has a name that Node does not know', () => {
    expect(systemErrorCode(failure('Unknown system error -122', -122))).toBe('EDQUOT');
  });

  it('a link that leads nowhere is in the way of a folder', async () => {
    await symlink(inFolder('nowhere'), inFolder('link'));
    const error: unknown = await mkdir(inFolder('link'), { recursive: true }).catch(
      (thrown: unknown) => thrown,
    );
    expect(diskError(error, '')).toMatchObject({
      message: expect.stringMatching(/link: .*a link that leads nowhere, is in its place$/) as string,
    });
  });

  it('a folder in place of a file is told', async () => {
    const error: unknown = await writeFile(inFolder(), 'x').catch((thrown: unknown) => thrown);
    expect(diskError(error, '')?.message).toMatch(/a folder is where a file should be/);
  });

  it('are found behind other errors; bugs stay bugs', () => {
    expect(isDiskError(new StageError('x', 'y', { cause: failure('EIO', -5) }))).toBe(true);
    expect(isDiskError(new InvariantError('x'))).toBe(false);
    expect(exitCodeOf(new TypeError('x'))).toBe(70);
    expect(exitCodeOf(Object.assign(new Error('x'), { code: 'ERR_INVALID_ARG_TYPE' }))).toBe(70);
  });
});
