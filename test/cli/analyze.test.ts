// `sdx analyze` on models in the store, as if a run had trained them.
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Analysis } from '../../src/results/analysis.ts';
import type { SweepAnalysis } from '../../src/results/sweep-analysis.ts';
import { sdxInProcess } from '../support/processes/in-process.ts';
import type { PlanNode } from '../../src/plan/plan.ts';
import { publishStages } from '../support/experiments/publish-stages.ts';
import { writeCentredModel, writeRandomLatents } from '../support/experiments/published-run.ts';
import { writeSmallExperiment } from '../support/experiments/random-networks.ts';
import { root } from '../support/root.ts';

/** Publishes what the analysis of `models` needs: latents, and random weights that keep activations small. */
async function publish(experiment: string, dir: string, models: readonly string[]): Promise<void> {
  const isModel = ({ kind, name }: PlanNode): boolean =>
    (kind === 'teacher' || kind === 'distill') && models.includes(name);
  await publishStages(
    experiment,
    dir,
    (node) => isModel(node) || ['dataset', 'autoencoder', 'latents'].includes(node.kind),
    async (node, folder, config) => {
      if (isModel(node)) await writeCentredModel(folder, config, node.name);
      if (node.kind === 'latents') await writeRandomLatents(folder);
      return undefined;
    },
  );
}

describe('sdx analyze', () => {
  let folder: string;
  let experiment: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sdx-analyze-'));
    experiment = await writeSmallExperiment(folder);
    process.chdir(folder);
    process.env['SDX_STORE'] = path.join(folder, 'store');
    await publish(experiment, 'store', ['teacher']);
  });
  afterAll(async () => {
    process.chdir(root);
    delete process.env['SDX_STORE'];
    await rm(folder, { recursive: true });
  });

  it('refuses models that are not trained, and those that there are not', async () => {
    const untrained = await sdxInProcess('analyze', experiment);
    expect(untrained.exitCode).toBe(3);
    expect(untrained.stderr).toContain('the model sd is not trained yet: distill:sd is not in the store');
    expect(untrained.stderr).toContain(`sdx run ${experiment}`);
    const unknown = await sdxInProcess('analyze', experiment, 'teacher', 'sdd');
    expect(unknown.exitCode).toBe(2);
    expect(unknown.stderr).toContain('the experiment has no model sdd');
    expect(unknown.stderr).toContain('it has teacher, sd');
  });

  it('analyzes the models named, although others are not trained', async () => {
    const { exitCode, stdout } = await sdxInProcess('analyze', experiment, 'teacher', 'analyze.timesteps=2');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^small: error of the predicted noise\n\n +t +model +loss +low +high\n +1 +teacher /,
    );
    expect(stdout).not.toContain('wavelet');
  });

  it('compares students with the teacher, and shows gates', async () => {
    await publish(experiment, 'store', ['sd']);
    const args = [experiment, 'analyze.count=4', 'analyze.timesteps=3'];
    const { exitCode, stdout, stderr } = await sdxInProcess('analyze', ...args);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(stdout).toContain('loss/teacher');
    expect(stdout).toMatch(/^999 +sd +[\d.]+ ±[\d.]+ /m);
    expect(stdout).toMatch(/^sd +WG-Up 4→8 +500 +0\.\d{3} ±0\.\d{3} /m);
    expect(stdout.split('\n').at(-1)).toBe('results/small/analysis/analysis.html');
    expect((await readdir('results/small/analysis')).sort()).toEqual([
      'analysis.html',
      'analysis.json',
      'gates.csv',
      'loss.csv',
    ]);
    const losses = await readFile('results/small/analysis/loss.csv', 'utf8');
    expect(losses.split('\n')[0]).toMatch(/^t,model,loss,loss_se,low,low_se,high,high_se,loss_ratio,/);
    expect(losses.trim().split('\n')).toHaveLength(1 + (3 + 1) * 3);

    const again = await sdxInProcess('analyze', ...args, '--json');
    const analysis = JSON.parse(again.stdout) as Analysis;
    expect(`${again.stdout}\n`).toBe(await readFile('results/small/analysis/analysis.json', 'utf8'));
    expect(analysis).toMatchObject({ experiment: 'small', count: 4, timesteps: [1, 500, 999], cutoff: 0.25 });
    for (const { losses: points } of analysis.models)
      for (const { loss, low, high } of points) expect(low.value + high.value).toBeCloseTo(loss.value, 6);
    const [teacher, sd] = analysis.models.map((model) => model.losses[0]!);
    expect(teacher).not.toHaveProperty('ratio');
    expect(sd!.ratio!.low.value).toBeCloseTo(sd!.low.value / teacher!.low.value, 12);
  });

  it('analyzes the students of a sweep that are trained, and names the others', async () => {
    const variant = async (name: string, keys: string): Promise<string> => {
      await writeFile(`${name}.yaml`, `extends: small-none.yaml\nname: ${name}\n${keys}`);
      return `${name}.yaml`;
    };
    for (const seed of [0, 1])
      await publish(await variant(`plain-${seed}`, `studentSeed: ${seed}\n`), 'store', ['sd']);
    const gated = 'students: { sd: { waveletGating: false } }\n';
    await publish(await variant('gated', `studentSeed: 0\n${gated}`), 'store', ['sd']);
    await writeFile(
      'sweep.yaml',
      'name: pair\nbase: small-none.yaml\nstudent: sd\ntoggles: [waveletGating]\nseeds: [0, 1]\n',
    );
    const args = ['sweep.yaml', 'analyze.count=4', 'analyze.timesteps=3'];
    const { exitCode, stdout, stderr } = await sdxInProcess('analyze', ...args, '--json');
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    const analysis = JSON.parse(stdout) as SweepAnalysis;
    expect(analysis.cells.map(({ id, runs }) => [id, runs.map(({ seed }) => seed)])).toEqual([
      ['wg0', [0]],
      ['wg1', [0, 1]],
    ]);
    expect(analysis.missing).toEqual(['wg0-seed1']);
    // One run of a cell is what its experiment's own analysis says.
    const own = await sdxInProcess(
      'analyze',
      'plain-1.yaml',
      'analyze.count=4',
      'analyze.timesteps=3',
      '--json',
    );
    const [, sd] = (JSON.parse(own.stdout) as Analysis).models;
    expect(analysis.cells[1]!.runs[1]).toMatchObject({ key: sd!.key, losses: sd!.losses });
    const text = await sdxInProcess('analyze', ...args);
    expect(text.stdout).toContain('Not trained: wg0-seed1.');
    expect(text.stdout.split('\n').at(-1)).toBe('results/pair/analysis/analysis.html');
    expect((await readdir('results/pair/analysis')).sort()).toEqual([
      'analysis.html',
      'analysis.json',
      'cells.csv',
      'loss.csv',
    ]);
  });

  it('refuses a sweep of which nothing is trained, and models of a sweep', async () => {
    const untrained = await sdxInProcess('analyze', 'sweep.yaml', 'seed=5');
    expect(untrained.exitCode).toBe(3);
    expect(untrained.stderr).toContain('no student of pair is trained yet');
    expect(untrained.stderr).toContain('sdx sweep sweep.yaml');
    const named = await sdxInProcess('analyze', 'sweep.yaml', 'sd');
    expect(named.exitCode).toBe(2);
    expect(named.stderr).toContain('a sweep is analyzed as a whole');
  });

  it('is no part of a run: the plan does not name it', async () => {
    const { stdout } = await sdxInProcess('plan', experiment, '--json');
    expect(stdout).not.toContain('analyze');
  });

  it('checks its settings as the file does', async () => {
    const { exitCode, stderr } = await sdxInProcess('analyze', experiment, 'analyze.counts=3');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('count');
  });
});
