// Watches what a program does to the files below a folder, from below Node's functions: what it makes, renames, removes and
// flushes, for a model of the disk that loses power.
import fsp, { type FileHandle } from 'node:fs/promises';
import { Disk, type DiskNode } from './disk-image.ts';
import { withPatchedFs, type Replace } from './patched-fs.ts';

/** Runs `work`; `onOperation` hears of each operation on files below `root`, once it is done, with how many there were. */
export async function withRecorder<T>(
  root: string,
  beside: string,
  onOperation: (n: number, disk: Disk) => void,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly operations: number }> {
  const disk = new Disk(root, beside);
  const nodes = new WeakMap<object, DiskNode>();
  let operations = 0;
  const done = (): void => {
    onOperation(++operations, disk);
  };

  const patch = (replace: Replace, handles: object): void => {
    /** Functions of paths: `see` takes those of ours, also where the function has failed halfway. */
    const onPaths = (name: string, see: (paths: readonly string[], result: unknown) => void): void => {
      replace(fsp, name, (real) => async (...args) => {
        const paths = args.filter((arg): arg is string => disk.isOurs(arg));
        let result: unknown;
        try {
          result = await real.apply(fsp, args);
        } finally {
          if (paths.length > 0) see(paths, result);
        }
        if (paths.length > 0) done();
        return result;
      });
    };
    onPaths('open', ([file], handle) => {
      disk.made(file!);
      const node = disk.nodeAt(file!);
      if (handle !== undefined && node !== undefined) nodes.set(handle as object, node);
    });
    for (const name of ['copyFile', 'link', 'mkdir', 'appendFile'])
      onPaths(name, (paths) => {
        disk.made(paths.at(-1)!);
      });
    onPaths('mkdtemp', (_, made) => {
      disk.made(made as string);
    });
    for (const name of ['rm', 'unlink', 'rmdir'])
      onPaths(name, ([target]) => {
        disk.removed(target!);
      });
    replace(fsp, 'rename', (real) => async (...args) => {
      await real.apply(fsp, args);
      const [from, to] = args;
      if (disk.isOurs(from) && disk.isOurs(to)) disk.renamed(from, to);
      done();
    });
    replace(fsp, 'writeFile', (real) => async (...args) => {
      await real.apply(fsp, args);
      const [file, , options] = args as [unknown, unknown, { readonly flush?: boolean } | undefined];
      if (!disk.isOurs(file)) return;
      disk.made(file);
      const node = disk.nodeAt(file);
      if (options?.flush === true && node !== undefined) disk.flush(node)();
      done();
    });
    for (const name of ['sync', 'datasync'])
      replace(
        handles,
        name,
        (real) =>
          async function (this: FileHandle, ...args: unknown[]) {
            const node = nodes.get(this);
            const safe = node && disk.flush(node);
            await real.apply(this, args);
            safe?.();
            if (node !== undefined) done();
          },
      );
    for (const name of ['write', 'appendFile', 'writeFile', 'truncate'])
      replace(
        handles,
        name,
        (real) =>
          async function (this: FileHandle, ...args: unknown[]) {
            const result = await real.apply(this, args);
            if (nodes.has(this)) done();
            return result;
          },
      );
  };
  const result = await withPatchedFs(patch, work);
  const unseen = disk.unseen();
  if (unseen.length > 0) throw new Error(`the recorder has not seen ${unseen.join(', ')}`);
  return { result, operations };
}
