// Node's own file system functions, replaced while some work goes on: what is injected or watched below the program, so
// that no code knows of it.
import fsp from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

export type Method = (...args: unknown[]) => unknown;

/** Puts what `make` gives in place of `owner[name]`. */
export type Replace = (owner: object, name: string, make: (real: Method) => Method) => void;

/** Runs `work` with the replacements of `patch`, which is given the prototype of file handles, too. */
export async function withPatchedFs<T>(
  patch: (replace: Replace, handles: object) => void,
  work: () => Promise<T>,
): Promise<T> {
  const probe = await fsp.open(process.execPath, 'r');
  const handles = Object.getPrototypeOf(probe) as object;
  await probe.close();
  const undo: (() => void)[] = [];
  patch((owner, name, make) => {
    const real = Reflect.get(owner, name) as Method;
    Reflect.set(owner, name, make(real));
    undo.push(() => Reflect.set(owner, name, real));
  }, handles);
  syncBuiltinESMExports();
  try {
    return await work();
  } finally {
    for (const restore of undo.reverse()) restore();
    syncBuiltinESMExports();
  }
}
