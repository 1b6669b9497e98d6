// `sdx figures` without an experiment, made small.
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sdxInProcess } from '../support/processes/in-process.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sdx-figures-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function made(threads: number): Promise<Record<string, string>> {
  const results = path.join(folder, String(threads));
  const { exitCode, stdout } = await sdxInProcess(
    ...['figures', '--only', '3,4', '--profile', 'smoke', '--threads', String(threads), '--results', results],
  );
  expect(exitCode).toBe(0);
  const page = path.join(results, 'figures-smoke');
  expect(path.resolve(stdout.trim())).toBe(path.join(page, 'figures.html'));
  const names = (await readdir(page)).sort();
  return Object.fromEntries(
    await Promise.all(
      names.map(async (name) => [name, await readFile(path.join(page, name), 'utf8')] as const),
    ),
  );
}

it('writes the same plots, numbers and page with any number of threads', async () => {
  const files = await made(1);
  expect(await made(2)).toEqual(files);
  expect(Object.keys(files)).toEqual(
    expect.arrayContaining([
      ...['figure-3-excess.svg', 'figure-3-filters.csv', 'figure-3-unets.csv', 'figure-3-settings.csv'],
      ...['figure-4-excess-sums.svg', 'figure-4-signals.svg', 'figure-4-drawn.csv', 'figure-4-settings.csv'],
    ]),
  );
  const page = files['figures.html']!;
  for (const words of ['Fig. 3', 'Fig. 4', 'learningRate', 'a linear filter converges to Eq. 6'])
    expect(page).toContain(words);
  // Two seeds on each of two networks at each of two noise levels, in five rings; and the header.
  expect(files['figure-3-unets.csv']!.trim().split('\n')).toHaveLength(1 + 2 * 2 * 2 * 5);
});
