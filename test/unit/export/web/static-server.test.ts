import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serveCommand } from '../../../../src/cli/commands/serve.ts';
import type { Serving } from '../../../../src/export/web/loopback-server.ts';
import { serveFolder } from '../../../../src/export/web/static-server.ts';
import { folderPerTest } from '../../../support/temporary-folder.ts';

const at = folderPerTest();
let serving: Serving;

beforeEach(async () => {
  await mkdir(at('page'));
  await writeFile(at('page/index.html'), '<p>here</p>');
  await writeFile(at('page/a.wasm'), 'w');
  await writeFile(at('secret'), 'secret');
  await symlink(at('secret'), at('page/link'));
  serving = await serveFolder(at('page'), 0);
});
afterEach(() => serving.close());

/** A request as it is written: fetch would tidy its path. */
function get(path: string, options: { method?: string; host?: string } = {}) {
  const { method = 'GET', host } = options;
  return new Promise<{ status: number | undefined; type: string | undefined; text: string }>(
    (resolve, reject) => {
      const { hostname, port } = new URL(serving.url);
      request({ hostname, port, path, method, headers: { ...(host && { host }) } }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => {
          resolve({ status: response.statusCode, type: response.headers['content-type'], text });
        });
      })
        .on('error', reject)
        .end();
    },
  );
}

describe('a folder on the loopback address', () => {
  it('has its files, with types and the headers of isolated pages', async () => {
    const response = await fetch(serving.url);
    expect(serving.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    expect(await response.text()).toBe('<p>here</p>');
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(response.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
    expect(await get('/a.wasm')).toEqual({ status: 200, type: 'application/wasm', text: 'w' });
    expect(await get('/a.wasm', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
  });

  it.each([
    '/../secret',
    '/%2e%2e/secret',
    '/..%2fsecret',
    '/link',
    '/none',
    '/%',
    '/%00',
    '//x/../../secret',
  ])('has nothing else: %s', async (path) => {
    expect(await get(path)).toMatchObject({ status: 404, text: 'Not found\n' });
  });

  it('answers to its own name and to reads alone', async () => {
    expect(await get('/', { host: 'elsewhere.example' })).toMatchObject({ status: 403 });
    expect(await get('/', { method: 'POST' })).toMatchObject({ status: 405 });
  });

  it('says what is wrong with a port or a folder', async () => {
    await expect(serveFolder(at('page'), Number(new URL(serving.url).port))).rejects.toThrow(
      /port \d+ is taken/,
    );
    await expect(serveFolder(at('secret'), 0)).rejects.toThrow(/there is no folder/);
  });
});

it('is served until it is interrupted', async () => {
  const stop = new AbortController();
  let shown: (text: string) => void = () => undefined;
  const url = new Promise<string>((resolve) => (shown = resolve));
  const sink = {
    write: (text: string) => {
      shown(text.trim());
    },
  };
  const io = {
    stdout: sink,
    stderr: { write: () => undefined },
    isTty: false,
    color: false,
    signal: stop.signal,
  };
  const ended = serveCommand(at('page'), { port: 0 }, io);
  expect((await fetch(await url)).status).toBe(200);
  stop.abort();
  expect(await ended).toBe(0);
  await expect(fetch(await url)).rejects.toThrow();
});
