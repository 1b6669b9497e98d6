// The page of `sdx watch` in a headless Chromium: it follows what changes, and says when nobody answers any more.
import { expect, it } from 'vitest';
import type { View } from '../../src/watch/view.ts';
import { serveWatch } from '../../src/watch/watch-server.ts';
import { openPage, whyNoChromium } from '../support/browser/chromium.ts';
import { folderPerFile } from '../support/temporary-folder.ts';

const at = folderPerFile();
const missing = whyNoChromium();

it.skipIf(missing !== undefined)(
  missing === undefined ? 'follows a run until the server is gone' : `skipped, ${missing}`,
  async () => {
    let done = 10;
    const look = (): Promise<View> =>
      Promise.resolve({
        ...{ kind: 'experiment', name: 'small', status: 'running', curves: [], reports: [] },
        rows: [{ id: 'teacher', status: 'running', progress: `${done}/20 steps` }],
      });
    const { url, close } = await serveWatch({ port: 0, look, resultsFolder: at('results') });
    const page = await openPage(url);
    try {
      const until = (expression: string) => expect.poll(() => page.evaluate(expression), { timeout: 30_000 });
      await until("document.querySelector('tbody')?.textContent").toContain('10/20 steps');
      done = 15;
      await until("document.querySelector('tbody')?.textContent").toContain('15/20 steps');
      expect(await page.evaluate("document.getElementById('lost').hidden")).toBe(true);
      expect(page.errors).toEqual([]);
      expect(page.requests.filter((asked) => !asked.startsWith(url) && !asked.startsWith('data:'))).toEqual(
        [],
      );
      await close();
      await until("document.getElementById('lost').hidden").toBe(false);
      expect(await page.evaluate("document.querySelector('tbody').textContent")).toContain('15/20 steps');
    } finally {
      await page.close();
      await close();
    }
  },
  120_000,
);
