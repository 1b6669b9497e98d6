// A real sweep of two cells: stopped by Ctrl-C in the middle, continued by the same command, verified, and caught
// when somebody edits its table.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tinyExperiment } from '../support/experiments/family.ts';
import { sdx, startSdx } from '../support/processes/sdx.ts';

let folder: string;
let places: string[];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sdx-e2e-sweep-'));
  places = ['--store', path.join(folder, 'store'), '--results', path.join(folder, 'results')];
  await writeFile(
    path.join(folder, 'sweep.yaml'),
    `name: two\nbase: ${tinyExperiment}\nstudent: sd\ntoggles: [waveletGating]\n`,
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const sweep = (...options: string[]) => ['sweep', path.join(folder, 'sweep.yaml'), ...places, ...options];

/** Kinds of the artifacts in the store, sorted. */
async function kinds(): Promise<string[]> {
  const artifacts = path.join(folder, 'store', 'artifacts');
  const manifests = await Promise.all(
    (await readdir(artifacts)).map((key) => readFile(path.join(artifacts, key, 'artifact.json'), 'utf8')),
  );
  return manifests.map((text) => (JSON.parse(text) as { kind: string }).kind).sort();
}

it('stops, goes on with what is missing, and verifies', { timeout: 300_000 }, async () => {
  const child = startSdx(sweep('--jobs', '2'));
  let stopped = false;
  child.stderr.on('data', (text: Buffer) => {
    // The shared job is done, cells are at work.
    if (stopped || !/wg0-seed0: started/.test(String(text))) return;
    stopped = true;
    child.kill('SIGINT');
  });
  const first = await child;
  expect(first.exitCode).toBe(130);
  expect(first.stderr).toMatch(/shared-1: done/);
  expect(await kinds()).toContain('teacher');
  expect((await kinds()).filter((kind) => kind === 'distill')).toHaveLength(0);

  const second = await sdx(sweep('--jobs', '2'));
  expect(second.exitCode, second.stderr).toBe(0);
  expect(second.stderr).not.toMatch(/shared-1/);
  expect(second.stdout).toMatch(/^wg1 +✓ .* 1( |$)/m);
  const made = await kinds();
  expect(made.filter((kind) => kind === 'teacher')).toHaveLength(1);
  expect(made.filter((kind) => kind === 'autoencoder')).toHaveLength(1);
  expect(made.filter((kind) => kind === 'distill')).toHaveLength(2);

  const verified = await sdx(['verify', 'two', ...places]);
  expect(verified.exitCode, verified.stdout).toBe(0);
  expect(verified.stdout).toMatch(/stages +ok +3 run again \(evaluate\), largest deviation 0/);

  const table = path.join(folder, 'results', 'two', 'table.csv');
  await writeFile(
    table,
    (await readFile(table, 'utf8')).replace('\nwg1,student,true,', '\nwg1,student,false,'),
  );
  const caught = await sdx(['verify', 'two', '--quick', ...places]);
  expect(caught.exitCode).toBe(4);
  expect(caught.stdout).toContain('table.csv:4: wg1, wavelet_gating: false should be true');
});
