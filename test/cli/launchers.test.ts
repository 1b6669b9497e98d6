// Whatever starts sdx again, what the user asked of the engine goes with it: every flag of the engine, every launcher.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OptionSpec } from '../../src/cli/command-spec.ts';
import { engineFlags } from '../../src/cli/options.ts';
import { sdxInProcess } from '../support/processes/in-process.ts';
import { root } from '../support/root.ts';

const quickstart = path.join(root, 'experiments/quickstart.yaml');
/** A value for each, of those that it may have. */
const asked = Object.entries<OptionSpec>(engineFlags).flatMap(([name, { choices }]) => [
  `--${name}`,
  choices?.at(-1) ?? '1',
]);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sdx-launchers-'));
  const sweep = `base: ${quickstart}\nstudent: sd\n`;
  await writeFile(path.join(folder, 'plain.yaml'), `name: plain\n${sweep}`);
  await writeFile(
    path.join(folder, 'ranks.yaml'),
    `name: ranks\n${sweep}overrides: {distributed: mpi}\nslurm: {ranks: 2}\n`,
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it.each([
  ['jobs of a sweep here', 'sweep plain.yaml', ['cell', 'cell']],
  [
    'jobs of a sweep on Slurm, and what gathers them',
    'sweep plain.yaml --launcher slurm',
    ['cell', 'cell', 'sweep'],
  ],
  ['ranks of MPI', 'sweep ranks.yaml --launcher slurm', ['cell', 'cell', 'sweep']],
  [
    'shards of a run',
    `run ${quickstart} --stage dataset,latents --launcher slurm --shards 2`,
    ['run', 'run', 'run', 'run'],
  ],
])('%s compute as the user asked', async (_, line, started) => {
  const args = line.split(' ').map((word) => (word.endsWith('.yaml') ? path.resolve(folder, word) : word));
  const places = ['--store', path.join(folder, 'store'), '--results', path.join(folder, 'results')];
  const { exitCode, stdout, stderr } = await sdxInProcess(...args, '--dry-run', ...asked, ...places);
  expect({ exitCode, stderr }).toEqual({
    exitCode: 0,
    stderr: expect.not.stringContaining('error') as string,
  });
  const commands = stdout.split('\n').filter((text) => text.includes('/src/cli/main.ts '));
  expect(commands.map((text) => /main\.ts (\w+)/.exec(text)?.[1])).toEqual(started);
  for (const command of commands) expect(command).toContain(` ${asked.join(' ')}`);
});
