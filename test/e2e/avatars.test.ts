// The avatars through the whole pipeline: classes, then captions, scored on held-out faces.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { sdx } from '../support/processes/sdx.ts';
import { folderPerFile } from '../support/temporary-folder.ts';

const at = folderPerFile();
const experiment = path.join(import.meta.dirname, '../support/experiments/tiny.yaml');
const places = ['--store', at('store'), '--results', at('results')];

const faces = [
  'dataset={kind: avatars, count: 24, size: 16}',
  ...['autoencoder={kind: none}', 'teacher.train.steps=2', 'distill.steps=2', 'students.lite=null'],
  ...['sample.steps=2', 'sample.count=4', 'sample.guidanceScale=2'],
  ...['evaluate.metrics=[fid]', 'evaluate.referenceCount=4'],
];

interface Manifest {
  readonly dataset: Readonly<Record<string, unknown>>;
  readonly models: readonly { readonly name: string; readonly status: string }[];
}

async function manifestOf(name: string): Promise<Manifest> {
  return JSON.parse(await readFile(at('results', name, 'manifest.json'), 'utf8')) as Manifest;
}

it.each([
  ['classes', 'conditioning={kind: class, classes: 15, width: 32}'],
  ['captions', 'conditioning={kind: text, encoder: {kind: words, width: 32}}'],
])('trains on %s of avatars', async (name, conditioning) => {
  const given = [`name=${name}`, ...faces, conditioning];
  const plan = await sdx(['plan', experiment, ...given, ...places]);
  expect(plan.stdout, plan.stderr).toContain('24 images');
  const run = await sdx(['run', experiment, ...given, ...places]);
  expect(run.exitCode, run.stderr).toBe(0);
  const { dataset, models } = await manifestOf(name);
  expect(dataset).toMatchObject({
    ...{ kind: 'avatars', count: 24, classes: 15, corrupt: 0 },
    credits: { title: 'Open Peeps', creator: 'Pablo Stanley', licence: 'CC0 1.0' },
  });
  expect(models.map(({ name, status }) => `${name} ${status}`)).toEqual(
    ['teacher', 'sd'].map((model) => `${model} done`),
  );
});
