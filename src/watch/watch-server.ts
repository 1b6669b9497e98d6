// The server of `sdx watch`: the page, what is live in it, the same as JSON, and the results folder to read.
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { listenOnLoopback, textAnswer, type Answer, type Serving } from '../export/web/loopback-server.ts';
import { fileAnswer } from '../export/web/static-server.ts';
import { pagePolicy, renderLive, renderWatchPage } from './watch-page.ts';
import type { View } from './view.ts';

export interface WatchOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** Reads how things stand now. */
  readonly look: () => Promise<View>;
  /** The folder of the results, which need not be there yet. */
  readonly resultsFolder: string;
}

const html = 'text/html; charset=utf-8';

/** Throws as listenOnLoopback does. */
export function serveWatch({ port, look, resultsFolder }: WatchOptions): Promise<Serving> {
  return listenOnLoopback(port, async (pathname): Promise<Answer | undefined> => {
    if (pathname === '/')
      return textAnswer(renderWatchPage(await look()), html, {
        more: { 'Content-Security-Policy': pagePolicy },
      });
    if (pathname === '/live') return textAnswer(renderLive(await look()), html);
    if (pathname === '/state.json')
      return textAnswer(`${JSON.stringify(await look(), null, 2)}\n`, 'application/json; charset=utf-8');
    if (!pathname.startsWith('/results/')) return undefined;
    const root = await realpath(resultsFolder).catch(() => undefined);
    return root === undefined
      ? undefined
      : fileAnswer(root, path.posix.normalize(pathname.slice('/results'.length)));
  });
}
