// The commands around sweeps as their users call them, as far as they need no training.
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyExperiment } from '../support/experiments/family.ts';
import { ablation } from '../support/manifests/ablation-manifest.ts';
import { writeSweepResults } from '../../src/report/write-sweep-results.ts';
import { sdxInProcess } from '../support/processes/in-process.ts';
import { sdx } from '../support/processes/sdx.ts';
import { root } from '../support/root.ts';

const sweepFile = path.join(root, 'experiments/sweeps/ablation.yaml');
let folder: string;
let places: string[];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sdx-cli-sweep-'));
  places = ['--store', path.join(folder, 'store'), '--results', path.join(folder, 'results')];
  await writeSweepResults(path.join(folder, 'results', 'ablation'), ablation, {});
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('sdx sweep', () => {
  it('--dry-run lists the jobs and writes nothing', async () => {
    const { exitCode, stdout } = await sdx(['sweep', sweepFile, '--dry-run', ...places]);
    expect(exitCode).toBe(0);
    const lines = stdout.split('\n');
    expect(lines[1]).toMatch(/^shared-1 +will run$/);
    expect(lines[2]).toMatch(/^wg0-sp0-fr0-seed0 +shared-1 +will run$/);
    expect(stdout).toContain('24 of 24 experiments to run');
    await expect(access(path.join(folder, 'store'))).rejects.toThrow();
  });

  it('--dry-run --json is one JSON value', async () => {
    const { stdout } = await sdx(['sweep', sweepFile, 'sample.count=8', '--dry-run', '--json', ...places]);
    const plan = JSON.parse(stdout) as { sweep: string; shared: string[]; cells: string[] };
    expect(plan).toMatchObject({ sweep: 'ablation', shared: ['shared-1'] });
    expect(plan.cells).toHaveLength(24);
  });

  it.each([
    [[], 3],
    [['threads=2'], undefined],
    [['--threads', '1'], 1],
  ])('gives jobs of Slurm slurm.cpus threads unless told otherwise: %j', async (changes, threads) => {
    const file = path.join(folder, 'cpus.yaml');
    await writeFile(
      file,
      `name: cpus\nbase: ${root}experiments/quickstart.yaml\nstudent: sd\nslurm: {cpus: 3}\n`,
    );
    const { stdout } = await sdxInProcess(
      ...['sweep', file, '--launcher', 'slurm', '--dry-run', ...changes, ...places],
    );
    expect(stdout).toContain('#SBATCH --cpus-per-task=3\n');
    const commands = stdout.split('\n').filter((line) => / cell /.test(line));
    expect(commands).toHaveLength(2);
    for (const command of commands)
      expect(/ --threads (\d+) /.exec(command)?.[1]).toBe(
        threads === undefined ? undefined : String(threads),
      );
  });

  it('--collect reports what is missing with exit code 5', async () => {
    const results = path.join(folder, 'other');
    const { exitCode, stdout, stderr } = await sdx([
      ...['sweep', sweepFile, '--collect', '--store', path.join(folder, 'store'), '--results', results],
    ]);
    expect(exitCode).toBe(5);
    expect(stdout).toMatch(/wg1-sp1-fr1 .*missing.*0\/3/);
    expect(stderr).toMatch(/error: 24 of 24 experiments have not run\n {2}hint: /);
  });

  it('refuses a wrong sweep with exit code 2 and its places', async () => {
    const file = path.join(folder, 'bad.yaml');
    await writeFile(
      file,
      `name: bad\nbase: ${root}experiments/quickstart.yaml\nstudent: sd\naxes: {lambdaF: [1]}\n`,
    );
    const { exitCode, stderr } = await sdx(['sweep', file, ...places]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/bad\.yaml:4:8: lambdaF /);
  });
});

describe('sdx table', () => {
  it('prints the table of a sweep from its manifest', async () => {
    const { exitCode, stdout } = await sdx(['table', 'ablation', '--results', path.join(folder, 'results')]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^wg1-sp1-fr1 .* 10\.50 ± 0\.25\* \[a\] /m);
    expect(stdout).not.toMatch(/<sup>|\|/); // no Markdown
    expect(stdout).not.toContain('\u001b'); // no colour: it is a pipe
  });
});

describe('sdx table --differences', () => {
  it('prints what cells are above or below their baseline', async () => {
    const args = ['table', 'ablation', '--differences', '--results', path.join(folder, 'results')];
    const { stdout } = await sdxInProcess(...args);
    expect(stdout).toMatch(/^wg1-sp1-fr1 +wg0-sp0-fr0 +−6\.80 ± 0\.00 /m);
  });

  it('refuses results of an experiment', async () => {
    const results = path.join(root, 'results');
    const { exitCode, stderr } = await sdx(['table', 'quickstart', '--differences', '--results', results]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/error: quickstart has no cells to take differences of\n {2}hint: name a sweep/);
  });
});

describe.each([
  ['md', /^\| wg1-sp1-fr1 .*\*\*10\.50 ± 0\.25\*\*<sup>a<\/sup>/m],
  ['csv', /^wg1-sp1-fr1,student,true,/m],
  ['tex', /\\begin\{tabular\}/],
  ['json', /"cell": "wg1-sp1-fr1"/],
])('sdx table --format %s', (format, expected) => {
  it('prints it as the results folder has it', async () => {
    const args = ['table', 'ablation', '--format', format, '--results', path.join(folder, 'results')];
    const { stdout } = await sdxInProcess(...args);
    expect(stdout).toMatch(expected);
    expect(`${stdout}\n`).toBe(
      await readFile(path.join(folder, 'results', 'ablation', `table.${format}`), 'utf8'),
    );
  });
});

describe('sdx verify', () => {
  it('ends with 4 where artifacts are missing, and names them', async () => {
    const { exitCode, stdout } = await sdx(['verify', 'ablation', '--quick', ...places]);
    expect(exitCode).toBe(4);
    expect(stdout).toMatch(/files +ok/);
    expect(stdout).toMatch(/wg1-sp1-fr1-seed2: the configuration in the manifest is not valid/);
    expect(stdout).toMatch(/artifact e0e0e0e0e0e0 \(evaluate:sd\): is not in the store/);
  });

  it('ends with 3 where there are no results', async () => {
    const { exitCode, stderr } = await sdx(['verify', 'nothing', ...places]);
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/there are no results[^]*hint: run the experiment first/);
  });
});

describe('sdx diff', () => {
  it('compares two experiment files key by key', async () => {
    const { exitCode, stdout } = await sdx([
      ...['diff', 'experiments/quickstart.yaml', tinyExperiment, '--json', ...places],
    ]);
    expect(exitCode).toBe(0);
    const { differences } = JSON.parse(stdout) as { differences: unknown[] };
    expect(differences).toContainEqual({ part: 'config', what: 'seed', left: '0', right: '1' });
  });

  it('of a thing with itself is nothing', async () => {
    const { stdout } = await sdx(['diff', 'ablation', 'ablation', ...places]);
    expect(stdout).toMatch(/the same in everything/);
  });
});
