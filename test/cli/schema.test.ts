import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { sdxInProcess } from '../support/processes/in-process.ts';
import { sdx } from '../support/processes/sdx.ts';
import { root } from '../support/root.ts';

const schema = (kind = 'experiment') => readFile(path.join(root, `schemas/${kind}.schema.json`), 'utf8');

it('prints the schema', async () => {
  const { exitCode, stdout } = await sdx(['schema'], { cwd: tmpdir() });
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toEqual(JSON.parse(await schema()));
});

it('prints that of sweeps, and refuses what there is none of', async () => {
  const { exitCode, stdout } = await sdxInProcess('schema', 'sweep');
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toEqual(JSON.parse(await schema('sweep')));
  expect(await sdxInProcess('schema', 'sweeps')).toEqual({
    exitCode: 2,
    stdout: '',
    stderr:
      "error: command-argument value 'sweeps' is invalid for argument 'kind'. Allowed choices are experiment, sweep.\n  hint: sdx schema --help lists what there is",
  });
});

it('writes it to a file, or says why it cannot', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'sdx-schema-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = path.join(folder, 'x.json');
  expect(await sdx(['schema', '--output', file])).toEqual({ exitCode: 0, stdout: file, stderr: '' });
  expect(await readFile(file, 'utf8')).toBe(await schema());
  const nowhere = await sdx(['schema', '--output', path.join(folder, 'no/x.json')]);
  expect(nowhere.exitCode).toBe(3);
  expect(nowhere.stderr).toContain('hint: name a file in a folder that exists and can be written to');
});
