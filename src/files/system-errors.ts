// What the system says about a disk, as something the user can mend.
import { UserError } from '../errors.ts';

interface Remedy {
  readonly problem: string;
  readonly hint: string;
  /** The disk as a whole: whatever comes next will fail as well. */
  readonly lasting?: true;
}

const space =
  'free space, or choose a store on another disk with --store; finished stages and checkpoints stay';
const access = 'change its permissions; a store elsewhere is chosen with --store';

const remedies: Readonly<Record<string, Remedy>> = {
  ENOSPC: { problem: 'the disk is full', hint: space, lasting: true },
  EDQUOT: { problem: 'the disk quota is used up', hint: space, lasting: true },
  EROFS: { problem: 'the file system is read-only', hint: access, lasting: true },
  EIO: {
    problem: 'the disk reports an error',
    hint: 'check the disk; what is published stays',
    lasting: true,
  },
  EACCES: { problem: 'permission denied', hint: access },
  EPERM: { problem: 'operation not permitted', hint: access },
  ENOTDIR: { problem: 'a part of the path is a file', hint: 'correct the path; a store elsewhere: --store' },
  EMFILE: {
    problem: 'too many open files',
    hint: 'raise the limit (`ulimit -n`) and run the same command again',
  },
};

/** The system's error code, for an error from the file system. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** A UserError('input') for a disk that is full, read-only or refuses access; undefined for other errors. `file`: where the error names none. */
export function diskError(error: unknown, file: string): UserError | undefined {
  const remedy = remedies[systemErrorCode(error) ?? ''];
  if (remedy === undefined) return undefined;
  const named =
    error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : file;
  return new UserError('input', `${named}: ${remedy.problem}`, {
    hint: remedy.hint,
    where: { file: named },
    cause: error,
  });
}

/** Whether an error, or what caused it, is of a disk on which nothing more can be written. */
export function isLastingDiskError(error: unknown): boolean {
  const lasting = remedies[systemErrorCode(error) ?? '']?.lasting === true;
  return lasting || (error instanceof Error && error.cause !== undefined && isLastingDiskError(error.cause));
}

/** Runs `work` on `file`, turning disk errors into UserErrors. */
export async function withDiskErrors<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw diskError(error, file) ?? error;
  }
}
