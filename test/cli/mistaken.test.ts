// What users mistake: a sweep for an experiment, a place that cannot be a store, threads that the machine does not
// have; and readers of the output that leave in the middle of a run.
import { cp } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { sdxCommand } from '../support/processes/compiled.ts';
import { folderPerFile } from '../support/temporary-folder.ts';
import { sdxInProcess } from '../support/processes/in-process.ts';
import { sdx } from '../support/processes/sdx.ts';
import { root } from '../support/root.ts';

const tiny = path.join(root, 'test/support/experiments/tiny.yaml');
const ablation = path.join(root, 'experiments/sweeps/ablation.yaml');
const quickstart = path.join(root, 'experiments/quickstart.yaml');
const inFolder = folderPerFile();
const places = ['--store', inFolder('store'), '--results', inFolder('results')];

describe('one kind of file for the other', () => {
  it.each([
    [['run', ablation], `this is a sweep: use \`sdx sweep ${ablation}\``],
    [['plan', ablation, 'sample.count=8'], `this is a sweep: use \`sdx sweep ${ablation}\``],
    [['sweep', quickstart], `this is an experiment: use \`sdx run ${quickstart}\``],
  ])('%j names the command', async (args, message) => {
    const { exitCode, stdout, stderr } = await sdxInProcess(...args, ...places);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(`error: ${message}`);
  });

  it('wrong files of the right kind are told by their problems', async () => {
    const { exitCode, stderr } = await sdxInProcess('run', quickstart, 'smaple.count=8', ...places);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/smaple/);
  });
});

it('the file of an experiment stands for its results', async () => {
  await cp(path.join(root, 'results/quickstart'), inFolder('results/quickstart'), { recursive: true });
  const byName = await sdxInProcess('table', 'quickstart', '--results', inFolder('results'));
  expect(byName.exitCode).toBe(0);
  expect(await sdxInProcess('table', quickstart, '--results', inFolder('results'))).toEqual(byName);
});

it('a store that cannot be ends the command at once, with exit code 3', async () => {
  const { exitCode, stderr } = await sdx(['run', tiny, '--stage', 'dataset', '--store', '/proc/foo']);
  expect({ exitCode, stderr }).toEqual({
    exitCode: 3,
    stderr: expect.stringContaining('/proc/foo') as string,
  });
});

it('more threads than the machine has are told', async () => {
  const args = ['run', tiny, '--stage', 'dataset', '--threads', '999', ...places];
  const { exitCode, stderr } = await sdx(args);
  expect(exitCode).toBe(0);
  expect(stderr).toMatch(/^warning: 999 threads, but this machine has \d+/m);
});

it.each([
  ['stderr', '2> >(head -c 1 >/dev/null)', /^dataset +\w+/m],
  ['stdout', '--json > >(head -c 1 >/dev/null)', /^$/],
])('a run goes on when the reader of its %s has gone', async (_, redirection, output) => {
  const store = inFolder(`store-${_}`);
  const command = `"$0" "$1" run "$2" --stage dataset --store "$3" ${redirection}`;
  const args = [...sdxCommand, tiny, store];
  const { exitCode, stdout } = await execa('bash', ['-c', command, ...args], { cwd: root, reject: false });
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(output);
  const again = await sdx(['run', tiny, '--stage', 'dataset', '--store', store]);
  expect(again.stderr).toContain('1 stages, 1 cached');
});
