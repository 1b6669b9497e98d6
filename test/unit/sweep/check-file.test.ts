import path from 'node:path';
import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { checkFile } from '../../../src/sweep/check-file.ts';
import { base, sweepFile } from '../../support/experiments/sweep-world.ts';

const sweep = 'name: two\nbase: base.yaml\nstudent: sd\nseeds: [0, 1]\naxes: {distill.lambdaF: [0.1, 0.2]}\n';

test('a sweep: its cells and every run with its digest', async () => {
  const checked = await checkFile(await sweepFile(sweep), []);
  expect(checked).toMatchObject({ kind: 'sweep', name: 'two', cells: 2, warnings: [] });
  const runs = checked.kind === 'sweep' ? checked.runs : [];
  expect(runs).toHaveLength(4);
  expect(new Set(runs.map(({ digest }) => digest)).size).toBe(4);
});

test('a base that cannot run by itself is a warning of the sweep', async () => {
  const file = await sweepFile(sweep, base.replace('lite: {modelChannels: 32}', 'lite: {modelChannels: 33}'));
  const { warnings } = await checkFile(file, []);
  expect(warnings.map(({ message }) => message)).toEqual([
    expect.stringContaining('in the base by itself, ') as string,
  ]);
});

test('an experiment: its configuration and digest, with the overrides', async () => {
  const file = await sweepFile(sweep);
  const experiment = path.join(path.dirname(file), 'base.yaml');
  expect(await checkFile(experiment, ['seed=5'])).toMatchObject({
    kind: 'experiment',
    config: { name: 'tiny', seed: 5 },
  });
  await writeFile(experiment, 'name: 1\n');
  await expect(checkFile(experiment, [])).rejects.toMatchObject({ code: 'usage' });
});
