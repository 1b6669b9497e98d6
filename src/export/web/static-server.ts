// A folder on this machine's loopback address: for pages that need headers which most static servers do not send.
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { UserError } from '../../errors.ts';
import { listenOnLoopback, type Answer, type Serving } from './loopback-server.ts';

/** What else there is in such folders is bytes. */
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
};

/**
 * Serves the files of `folder`, which are only read, to this machine; port 0 takes a free one. Throws UserError where there
 * is no such folder or the port is taken.
 */
export async function serveFolder(folder: string, port: number): Promise<Serving> {
  const root = await folderAt(folder);
  return listenOnLoopback(port, (pathname) => fileAnswer(root, pathname));
}

async function folderAt(folder: string): Promise<string> {
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder)
    throw new UserError('input', `there is no folder ${folder}`, {
      hint: 'name one that `sdx export --form web` has written',
    });
  return realpath(folder);
}

/** The file of a path below `root`, a real path; undefined where there is none in it, links that lead outside followed. */
export async function fileAnswer(root: string, pathname: string): Promise<Answer | undefined> {
  const file = await fileFor(root, pathname);
  if (file === undefined) return undefined;
  return {
    status: 200,
    headers: {
      'Content-Type': types[path.extname(file.path)] ?? 'application/octet-stream',
      'Content-Length': file.bytes,
    },
    send: (response) => pipeline(createReadStream(file.path), response),
  };
}

async function fileFor(root: string, name: string): Promise<{ path: string; bytes: number } | undefined> {
  try {
    const asked = path.join(root, name.endsWith('/') ? `${name}index.html` : name);
    const real = await realpath(asked);
    if (!real.startsWith(root + path.sep)) return undefined;
    const found = await stat(real);
    return found.isFile() ? { path: real, bytes: found.size } : undefined;
  } catch {
    return undefined; // a malformed name, or no such file
  }
}
