// Failures of the file system, injected below the program: the n-th operation of a kind on files below some folders fails
// with an error of the system, once or from then on.
import fs from 'node:fs';
import fsp, { type FileHandle } from 'node:fs/promises';
import { constants } from 'node:os';
import { withPatchedFs, type Method, type Replace } from './patched-fs.ts';

export const operationKinds = ['write', 'fsync', 'rename', 'mkdir', 'open'] as const;
export type OperationKind = (typeof operationKinds)[number];

export const errorCodes = ['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EACCES', 'EMFILE', 'ENOMEM'] as const;
export type ErrorCode = (typeof errorCodes)[number];

export interface Fault {
  readonly kind: OperationKind;
  /** From 1. */
  readonly n: number;
  readonly code: ErrorCode;
  /** Whether all later operations of the kind fail as well. */
  readonly lasting: boolean;
}

/** As Node makes them; it has no name for a used-up quota. */
function systemError(code: ErrorCode, syscall: string, path: string | undefined): Error {
  const errno = -constants.errno[code];
  const named = code === 'EDQUOT' ? `Unknown system error ${errno}` : code;
  const where = path === undefined ? '' : ` '${path}'`;
  return Object.assign(new Error(`${named}: injected, ${syscall}${where}`), {
    ...{ errno, code: named, syscall },
    ...(path === undefined ? {} : { path }),
  });
}

/**
 * Runs `work` while `fault` is in force on files below `roots`; returns what it gives and how many operations of each
 * kind there were. Without a fault it only counts.
 */
export async function withFault<T>(
  roots: readonly string[],
  fault: Fault | undefined,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly counts: Readonly<Record<OperationKind, number>> }> {
  const counts: Record<OperationKind, number> = { write: 0, fsync: 0, rename: 0, mkdir: 0, open: 0 };
  const ours = new WeakSet<object>();

  /** The error that an operation has to end with now. */
  const next = (kind: OperationKind, syscall: string, path?: string): Error | undefined => {
    counts[kind]++;
    if (fault?.kind !== kind) return undefined;
    const hit = fault.lasting ? counts[kind] >= fault.n : counts[kind] === fault.n;
    return hit ? systemError(fault.code, syscall, path) : undefined;
  };
  const isOurs = (path: unknown): path is string =>
    typeof path === 'string' && roots.some((root) => path === root || path.startsWith(`${root}/`));

  const patch = (replace: Replace, handles: object): void => {
    const onPath = (name: string, kind: OperationKind, syscall = name): void => {
      replace(fsp, name, (real) => async (...args) => {
        const path = args.find(isOurs);
        const error = path === undefined ? undefined : next(kind, syscall, path);
        if (error !== undefined) throw error;
        const result = await real.apply(fsp, args);
        if (name === 'open' && path !== undefined) ours.add(result as object);
        return result;
      });
    };
    onPath('open', 'open');
    onPath('readFile', 'open', 'open');
    onPath('writeFile', 'write', 'write');
    onPath('copyFile', 'write', 'copyfile');
    onPath('link', 'write', 'link');
    onPath('rename', 'rename');
    onPath('mkdir', 'mkdir');
    onPath('mkdtemp', 'mkdir', 'mkdtemp');
    replace(fs, 'open', (real) => (...args) => {
      const error = isOurs(args[0]) ? next('open', 'open', args[0]) : undefined;
      if (error === undefined) return real.apply(fs, args);
      process.nextTick(args.at(-1) as Method, error);
      return undefined;
    });

    const onHandle = (name: string, kind: OperationKind, syscall: string): void => {
      replace(
        handles,
        name,
        (real) =>
          async function (this: FileHandle, ...args: unknown[]) {
            const error = ours.has(this) ? next(kind, syscall) : undefined;
            if (error === undefined) return real.apply(this, args);
            // A full disk takes what it can.
            const [data] = args;
            if (kind === 'write' && data instanceof Uint8Array)
              await (
                real.apply(this, [data.subarray(0, data.length >> 1), ...args.slice(1)]) as Promise<unknown>
              ).catch(() => undefined);
            throw error;
          },
      );
    };
    for (const name of ['write', 'appendFile', 'writeFile']) onHandle(name, 'write', 'write');
    onHandle('sync', 'fsync', 'fsync');
  };
  return { result: await withPatchedFs(patch, work), counts };
}
