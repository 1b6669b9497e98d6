// The page of `sdx export --form web` in a headless Chromium, against `sdx sample` of the same seed.
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { serveFolder } from '../../src/export/web/static-server.ts';
import { openPage, whyNoChromium } from '../support/browser/chromium.ts';
import { tinyExperiment } from '../support/experiments/family.ts';
import { sdxInProcess } from '../support/processes/in-process.ts';
import { folderPerFile } from '../support/temporary-folder.ts';

const at = folderPerFile();
const missing = whyNoChromium();
const seed = 7;
const size = 16;

async function done(...argv: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await sdxInProcess(...argv, '--store', at('store'));
  expect(exitCode, stderr).toBe(0);
}

/** The first image of a model in a grid of one. */
async function sampled(model: string): Promise<Uint8Array> {
  const file = at(`${model}.png`);
  const one = ['--count', '2', 'sample.gridColumns=1', 'sample.gridRows=1'];
  await done('sample', tinyExperiment, model, '--seed', String(seed), ...one, '--output', file);
  const { width } = await sharp(file).metadata();
  const gap = (width - size) / 2;
  const image = sharp(file).extract({ left: gap, top: gap, width: size, height: size });
  return image.ensureAlpha().raw().toBuffer();
}

it.skipIf(missing !== undefined)(
  missing === undefined ? 'draws what `sdx sample` draws, from its own folder alone' : `skipped, ${missing}`,
  async () => {
    const stages = ['--stage', 'sample:sd,sample:teacher', '--results', at('results')];
    await done('run', tinyExperiment, ...stages);
    await done('export', tinyExperiment, 'sd', '--form', 'web', '--output', at('web'));
    const { url, close } = await serveFolder(at('web'), 0);
    const page = await openPage(url);
    try {
      const until = (expression: string) =>
        expect.poll(() => page.evaluate(expression), { timeout: 240_000 });
      const settings = "document.getElementById('settings')";
      await until(`${settings}?.getAttribute('aria-busy')`).toBe('false');
      expect(await page.evaluate('crossOriginIsolated')).toBe(true);
      await page.evaluate(
        `Object.assign(${settings}.seed, { value: ${seed} }), Object.assign(${settings}.count, { value: '1' }),
        ${settings}.requestSubmit()`,
      );
      await until("document.getElementById('message').textContent").toMatch(/^Done/);
      const drawn = await page.evaluate<number[][]>(
        `[...document.querySelectorAll('canvas')].map((canvas) =>
          [...canvas.getContext('2d').getImageData(0, 0, ${size}, ${size}).data])`,
      );
      for (const [i, model] of ['sd', 'teacher'].entries()) {
        const expected = await sampled(model);
        expect(new Set(expected).size).toBeGreaterThan(20);
        const differences = drawn[i]!.map((value, k) => Math.abs(value - expected[k]!));
        expect(differences.length).toBe(expected.length);
        expect(Math.max(...differences), model).toBeLessThanOrEqual(1);
      }
      expect(page.errors).toEqual([]);
      expect(page.requests.filter((request) => !request.startsWith(url))).toEqual([]);
      expect(page.requests).toContain(`${url}models/teacher/unet.data`);
      const phone = { width: 400, height: 800, deviceScaleFactor: 1, mobile: true };
      await page.send('Emulation.setDeviceMetricsOverride', phone);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(400);
    } finally {
      await page.close();
      await close();
    }
  },
);
