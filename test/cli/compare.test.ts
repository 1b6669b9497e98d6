// `sdx compare` and the deltas of `sdx diff` on the results that are in the repository.
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ResultsManifest } from '../../src/results/manifest.ts';
import { sdxInProcess } from '../support/processes/in-process.ts';
import { root } from '../support/root.ts';

let folder: string;
const results = ['--results', path.join(root, 'results')];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sdx-compare-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The results of emoji-text under another name. */
async function otherResults(): Promise<string> {
  const [from, to] = [path.join(root, 'results/emoji-text'), path.join(folder, 'other')];
  await cp(from, to, { recursive: true });
  const manifest = JSON.parse(await readFile(path.join(from, 'manifest.json'), 'utf8')) as object;
  await writeFile(path.join(to, 'manifest.json'), JSON.stringify({ ...manifest, experiment: 'other' }));
  return to;
}

/** What the results say of the student sd. */
async function studentOf(
  name: string,
): Promise<{ readonly fid: string; readonly n: number; readonly finalLoss: number }> {
  const file = path.join(root, 'results', name, 'manifest.json');
  const { models } = JSON.parse(await readFile(file, 'utf8')) as ResultsManifest;
  const { fid, finalLoss } = models.find((model) => model.name === 'sd')!;
  return { fid: fid!.value.toFixed(2), n: fid!.card.n, finalLoss: finalLoss! };
}

/** The line that begins with these cells. */
function lineOf(text: string, ...cells: readonly string[]): string {
  const isIt = (line: string) => cells.every((cell, i) => line.split(/ {2,}/)[i] === cell);
  return text.split('\n').find(isIt) ?? '';
}

describe('sdx compare', () => {
  it('prints the table and what differs, and writes the page, again and again', async () => {
    const output = path.join(folder, 'new', 'compare.html');
    const args = ['compare', 'quickstart', 'emoji-text', '--output', output, ...results];
    const { exitCode, stdout } = await sdxInProcess(...args);
    expect(exitCode).toBe(0);
    const [here, there] = [await studentOf('quickstart'), await studentOf('emoji-text')];
    expect(lineOf(stdout, 'sd, FID ↓')).toMatch(
      new RegExp(
        ` ${here.fid} \\(n = ${here.n}\\) \\[([a-z])\\] .* ${there.fid} \\(n = ${there.n}\\) \\[(?!\\1)[a-z]\\] +n/c$`,
      ),
    );
    expect(stdout).toMatch(/^sd, Steps +2000 +1000 +−1000 \(−50\.0 %\)$/m);
    expect(stdout).toMatch(/^config +distill\.steps +2000 +1000$/m);
    expect(stdout).toContain(path.relative('', output));
    const page = await readFile(output, 'utf8');
    expect(page).toContain('sd: the first samples by index, none selected; each column is one noise.');
    await sdxInProcess(...args);
    expect(await readFile(output, 'utf8')).toBe(page);
  });

  it('takes files of experiments for their results, and tells machines whose samples are aligned', async () => {
    const output = path.join(folder, 'machine.html');
    const { stdout } = await sdxInProcess(
      ...['compare', path.join(root, 'experiments/quickstart.yaml'), 'emoji-text', await otherResults()],
      ...['--output', output, '--json', ...results],
    );
    const { rows, samples, page } = JSON.parse(stdout) as {
      rows: Record<string, unknown>[];
      samples: unknown[];
      page: string;
    };
    expect(rows).toContainEqual(
      expect.objectContaining({ model: 'sd', quantity: 'steps', 'emoji-text minus quickstart': -1000 }),
    );
    expect(samples).toContainEqual({
      model: 'sd',
      aligned: [['quickstart', 'emoji-text', 'other']],
      alone: [],
    });
    expect(path.resolve(page)).toBe(output);
  });

  it('writes below the results unless told otherwise', async () => {
    const own = path.join(folder, 'results');
    const quickstart = path.join(root, 'results/quickstart');
    await sdxInProcess('compare', quickstart, path.join(root, 'results/emoji-text'), '--results', own);
    const page = await readFile(path.join(own, 'compare/quickstart-emoji-text/compare.html'), 'utf8');
    expect(page).toContain('quickstart and emoji-text');
  });

  it('overwrites nothing but its own pages', async () => {
    const foreign = path.join(folder, 'foreign.html');
    await writeFile(foreign, '<p>mine</p>');
    const over = await sdxInProcess('compare', 'quickstart', 'emoji-text', '--output', foreign, ...results);
    expect(over.exitCode).toBe(2);
    expect(over.stderr).toContain('is there already, and is no page of sdx compare');
    expect(await readFile(foreign, 'utf8')).toBe('<p>mine</p>');
    const onFolder = await sdxInProcess(
      'compare',
      'quickstart',
      'emoji-text',
      '--output',
      folder,
      ...results,
    );
    expect(onFolder.exitCode).toBe(2);
    expect(onFolder.stderr).toContain('is a folder');
  });

  it('refuses a sweep beside an experiment', async () => {
    const { exitCode, stderr } = await sdxInProcess('compare', 'ablation', 'emoji-text', ...results);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/ablation is a sweep and emoji-text is an experiment[^]*hint: /);
  });
});

describe('sdx diff', () => {
  it('says by how much numbers differ, in as many digits as that takes', async () => {
    const place = ['--store', path.join(folder, 'store'), ...results];
    const { stdout } = await sdxInProcess('diff', 'quickstart', 'emoji-text', ...place);
    const [here, there] = [await studentOf('quickstart'), await studentOf('emoji-text')];
    const delta = there.finalLoss - here.finalLoss;
    expect(lineOf(stdout, 'number', 'sd finalLoss').split(/ {2,}/)).toEqual([
      ...['number', 'sd finalLoss', here.finalLoss.toPrecision(4), there.finalLoss.toPrecision(4)],
      `+${delta.toPrecision(4)} (+${((100 * delta) / here.finalLoss).toFixed(1)} %)`,
    ]);
    expect(stdout).toMatch(/^number +sd steps +2000 +1000 +−1000 \(−50\.0 %\)$/m);
    expect(lineOf(stdout, 'number', 'sd fid').split(/ {2,}/)).toEqual([
      ...['number', 'sd fid', here.fid, there.fid, 'n/c (taken differently)'],
    ]);
    const { stdout: json } = await sdxInProcess('diff', 'quickstart', 'emoji-text', '--json', ...place);
    const { differences } = JSON.parse(json) as { differences: unknown[] };
    expect(differences).toContainEqual(
      expect.objectContaining({ what: 'sd steps', delta: -1000, comparable: true }),
    );
    expect(differences).toContainEqual(expect.objectContaining({ what: 'sd fid', comparable: false }));
  });
});
