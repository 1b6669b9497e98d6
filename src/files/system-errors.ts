// What the system says about files and memory, as something the user can mend.
import { constants } from 'node:os';
import { UserError } from '../errors.ts';

interface Remedy {
  readonly problem: string;
  readonly hint: string;
}

const space =
  'free space, or choose a store on another disk with --store; finished stages and checkpoints stay';
const access = 'change its permissions; a store elsewhere is chosen with --store';

const remedies: Readonly<Record<string, Remedy>> = {
  ENOSPC: { problem: 'the disk is full', hint: space },
  EDQUOT: { problem: 'the disk quota is used up', hint: space },
  EROFS: { problem: 'the file system is read-only', hint: access },
  EIO: {
    problem: 'the disk reports an error',
    hint: 'check the disk; what is published stays',
  },
  EACCES: { problem: 'permission denied', hint: access },
  EPERM: { problem: 'operation not permitted', hint: access },
  ENOTDIR: { problem: 'a part of the path is a file', hint: 'correct the path; a store elsewhere: --store' },
  EMFILE: {
    problem: 'too many open files',
    hint: 'raise the limit (`ulimit -n`) and run the same command again',
  },
  ENFILE: {
    problem: 'too many open files on this machine',
    hint: 'close other programs and run the same command again',
  },
  ENOMEM: {
    problem: 'the system has no memory left',
    hint: 'close other programs or lower batch sizes, and run the same command again',
  },
  EFBIG: { problem: 'the file is too large for the file system', hint: space },
  ENAMETOOLONG: {
    problem: 'a name in the path is too long',
    hint: 'shorten the name of the experiment, or the path',
  },
  ELOOP: { problem: 'the links in the path lead in a circle', hint: 'correct the links' },
  EISDIR: { problem: 'a folder is where a file should be', hint: 'name a file, or remove the folder' },
  EEXIST: {
    problem: 'a file, or a link that leads nowhere, is in its place',
    hint: 'give another path, or move it away',
  },
  ESTALE: {
    problem: 'the network file system has lost it',
    hint: 'mount it again and run the same command again',
  },
  EBUSY: {
    problem: 'another program keeps it busy',
    hint: 'end that program and run the same command again',
  },
};

/** Names of system errors by number: Node does not know them all (`Unknown system error -122`). */
const names = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));

/** The system's error code, for an error from the file system. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  const number = 'errno' in error && typeof error.errno === 'number' ? -error.errno : undefined;
  return number !== undefined && error.code.startsWith('Unknown system error')
    ? (names.get(number) ?? error.code)
    : error.code;
}

/** A UserError('input') for a disk that is full, read-only or refuses access; undefined for other errors. `file`: where the error names none. */
export function diskError(error: unknown, file: string): UserError | undefined {
  const code = systemErrorCode(error);
  // A link that leads nowhere is in the way of a folder, and yet not there.
  const remedy = remedies[code === 'ENOENT' && syscallOf(error) === 'mkdir' ? 'EEXIST' : (code ?? '')];
  return remedy && userError(error, file, remedy);
}

/** The same for any error of the system: what nobody has foreseen is told in the system's words. */
export function systemError(error: unknown): UserError | undefined {
  const code = systemErrorCode(error);
  const syscall = syscallOf(error);
  if (code === undefined || syscall === undefined || !Object.hasOwn(constants.errno, code)) return undefined;
  return (
    diskError(error, syscall) ??
    userError(error, syscall, { problem: `the system refuses (${code}, ${syscall})`, hint: 'check the path' })
  );
}

function userError(error: unknown, file: string, { problem, hint }: Remedy): UserError {
  const path = error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : '';
  const named = path === '' ? file : path;
  return new UserError('input', `${named}: ${problem}`, { hint, where: { file: named }, cause: error });
}

function syscallOf(error: unknown): string | undefined {
  return error instanceof Error && 'syscall' in error && typeof error.syscall === 'string'
    ? error.syscall
    : undefined;
}

/** Whether an error, or what caused it, is of the disk or the machine: what comes next would fail as well. */
export function isDiskError(error: unknown): boolean {
  if (diskError(error, '') !== undefined) return true;
  return error instanceof Error && error.cause !== undefined && isDiskError(error.cause);
}

/** Runs `work` on `file`, turning disk errors into UserErrors. */
export async function withDiskErrors<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw diskError(error, file) ?? error;
  }
}
