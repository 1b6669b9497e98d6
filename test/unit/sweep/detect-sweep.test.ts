import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { detectSweep } from '../../../src/sweep/detect-sweep.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'sdx-detect-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

it.each([
  ['a sweep', 'name: small\nbase: y.yaml\nstudent: sd\n', { name: 'small' }],
  ['a sweep without its base', 'name: small\nstudent: sd\ntoggles: [freq]\n', { name: 'small' }],
  ['a sweep with a bad name', 'name: [1]\nbase: y.yaml\n', {}],
  ['an experiment that extends another', 'name: small\nextends: y.yaml\n', undefined],
  [
    'an experiment with keys of sweeps',
    'dataset: {}\nteacher: {}\ndistill: {}\nstudent: sd\nseeds: 2\n',
    undefined,
  ],
  ['only a name', 'name: small\n', undefined],
  ['a list', '- 1\n', undefined],
  ['broken YAML', 'base: [\n', undefined],
])('%s', async (_, text, expected) => {
  const file = path.join(dir, 'x.yaml');
  await writeFile(file, text);
  expect(await detectSweep(file)).toEqual(expected);
});

it('a missing file', async () => {
  expect(await detectSweep(path.join(dir, 'missing.yaml'))).toBeUndefined();
});
