// Smoke runs of the paper's six experiments as a user starts them, on small real data in the published form: every
// stage, with the sizes and steps of `--profile smoke`.
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sdxInProcess } from '../support/processes/in-process.ts';
import { script, sdx } from '../support/processes/sdx.ts';
import { root } from '../support/root.ts';

interface Case {
  readonly experiment: string;
  readonly students: readonly string[];
  /** Its data among the small sets, and what they cannot be. */
  readonly overrides: (at: (name: string) => string) => readonly string[];
}

const cases: readonly Case[] = [
  {
    experiment: 'ffhq',
    students: ['lite', 'sd'],
    overrides: (at) => [`dataset.path=${at('ffhq')}`],
  },
  {
    experiment: 'celebahq',
    students: ['lite', 'sd'],
    // Another kind has keys of its own, so all of them are given.
    overrides: (at) => [`dataset={kind: zip, path: ${at('celebahq.zip')}, size: 32}`],
  },
  {
    // Published as the churches are, of which there is a golden LMDB.
    experiment: 'lsun-bedroom',
    students: ['lite', 'sd'],
    overrides: (at) => [`dataset.path=${at('church_outdoor_train_lmdb')}`],
  },
  {
    experiment: 'lsun-church',
    students: ['lite', 'sd'],
    overrides: (at) => [`dataset.path=${at('church_outdoor_train_lmdb')}`],
  },
  {
    experiment: 'imagenet',
    students: ['lite', 'sd'],
    overrides: (at) => [`dataset.path=${at('imagenet/train')}`, 'conditioning.classes=3'],
  },
  {
    experiment: 'laion-coco',
    students: ['sd'],
    overrides: (at) => [
      `dataset.path=${at('laion')}`,
      `evaluate.dataset.path=${at('coco/val2014')}`,
      `evaluate.dataset.annotations=${at('coco/annotations/captions_val2014.json')}`,
    ],
  },
];

interface Manifest {
  readonly experiment: string;
  readonly rows: readonly { readonly model: string; readonly status: string; readonly fid?: number }[];
}

describe('smoke runs', () => {
  let folder: string;
  const at = (name: string): string => path.join(folder, name);
  const places = (): string[] => ['--store', at('store'), '--results', at('results')];

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sdx-smoke-'));
    const maker = path.join(root, 'test/fixtures/make-small-datasets.ts');
    const { exitCode, stderr } = await script(maker, [folder, '12']);
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(cases)('$experiment', async ({ experiment, students, overrides }) => {
    const given = overrides(at);
    const command = [`experiments/${experiment}.yaml`, '--profile', 'smoke', ...places()];

    const plan = await sdxInProcess('plan', ...command, ...given);
    expect(plan.stderr).toBe('');
    expect(plan.stdout).not.toContain('missing');

    const run = await sdx(['run', ...command, ...given]);
    expect(run.exitCode, run.stderr).toBe(0);
    const results = at(`results/${experiment}-smoke`);
    expect(await readdir(results)).toEqual(
      expect.arrayContaining(['manifest.json', 'report.html', 'table.csv', 'table.md', 'table.tex']),
    );
    const table = await sdxInProcess('table', `${results}/manifest.json`, '--format', 'json');
    const { rows } = JSON.parse(table.stdout) as Manifest;
    expect(rows.map(({ model }) => model)).toEqual(['teacher', ...students]);
    for (const { model, fid } of rows) expect(fid, `FID of ${model}`).toBeGreaterThan(0);
    expect(await readFile(path.join(results, 'table.md'), 'utf8')).toContain(`# ${experiment}-smoke`);

    // All of it is in the store now: the same command computes nothing.
    const again = await sdxInProcess('plan', ...command, ...given);
    expect(again.stdout).toMatch(/(\d+) of \1 stages cached, 0 to run/);
  });
});
