// A folder on this machine's loopback address: for pages that need headers which most static servers do not send. Threads
// of WebAssembly share memory, and browsers give that to isolated pages alone.
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { UserError } from '../../errors.ts';
import { systemErrorCode } from '../../files/system-errors.ts';

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

const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-cache',
};

const host = '127.0.0.1';

export interface Serving {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/**
 * Serves the files of `folder`, which are only read, to this machine; port 0 takes a free one. Throws UserError where there
 * is no such folder or the port is taken.
 */
export async function serveFolder(folder: string, port: number): Promise<Serving> {
  const root = await folderAt(folder);
  const server = createServer((request, response) => {
    answer(root, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(portError(error, port));
    });
    server.listen(port, host, resolve);
  });
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
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

function portError(error: Error, port: number): Error {
  const code = systemErrorCode(error);
  if (code !== 'EADDRINUSE' && code !== 'EACCES') return error;
  return new UserError('usage', `port ${port} is ${code === 'EACCES' ? 'not for you' : 'taken'}`, {
    hint: 'name another with --port; 0 takes a free one',
  });
}

async function answer(root: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const end = (status: number, text: string): void => {
    response.writeHead(status, { ...headers, 'Content-Type': types['.txt'] }).end(`${text}\n`);
  };
  // A page of another site may resolve its name to this machine; its requests carry that name.
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? '')) {
    end(403, 'Forbidden');
    return;
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    end(405, 'Method not allowed');
    return;
  }
  const file = await fileFor(root, request.url ?? '/');
  if (file === undefined) {
    end(404, 'Not found');
    return;
  }
  response.writeHead(200, {
    ...headers,
    'Content-Type': types[path.extname(file.path)] ?? 'application/octet-stream',
    'Content-Length': file.bytes,
  });
  if (request.method === 'HEAD') response.end();
  else await pipeline(createReadStream(file.path), response);
}

/** The file of a request; undefined where there is none in `root`, links that lead outside followed. */
async function fileFor(root: string, url: string): Promise<{ path: string; bytes: number } | undefined> {
  try {
    const { pathname } = new URL(url, `http://${host}`);
    const name = decodeURIComponent(pathname);
    const asked = path.join(root, name.endsWith('/') ? `${name}index.html` : name);
    const real = await realpath(asked);
    if (!real.startsWith(root + path.sep)) return undefined;
    const found = await stat(real);
    return found.isFile() ? { path: real, bytes: found.size } : undefined;
  } catch {
    return undefined; // a malformed address, or no such file
  }
}
