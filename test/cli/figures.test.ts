// `sdx figures` on models in the store, as if a run had trained and sampled them.
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { figureCatalog } from '../../src/figures/catalog.ts';
import { sdxInProcess } from '../support/processes/in-process.ts';
import { publishRun } from '../support/experiments/published-run.ts';
import { writeSmallExperiment } from '../support/experiments/random-networks.ts';
import { root } from '../support/root.ts';

describe('sdx figures', () => {
  let folder: string;
  let experiment: string;
  const small = [
    'figures.count=2',
    'figures.frames=2',
    'figures.batchSize=2',
    'figures.samplerImages=2',
    'figures.samplerReference=4',
    'analyze.count=2',
    'analyze.timesteps=2',
  ];

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sdx-figures-'));
    experiment = await writeSmallExperiment(folder);
    process.chdir(folder);
    process.env['SDX_STORE'] = path.join(folder, 'store');
  });
  afterAll(async () => {
    process.chdir(root);
    delete process.env['SDX_STORE'];
    await rm(folder, { recursive: true });
  });

  it('lists the figures, and what they are made of', async () => {
    const { exitCode, stdout } = await sdxInProcess('figures', '--list');
    expect(exitCode).toBe(0);
    for (const { id, shows } of figureCatalog)
      expect(stdout).toMatch(new RegExp(`^${id} .*${shows.slice(0, 20)}`, 'm'));
    const json = await sdxInProcess('figures', '--list', '--json');
    expect((JSON.parse(json.stdout) as { id: string }[]).map(({ id }) => id)).toEqual(
      figureCatalog.map(({ id }) => id),
    );
  });

  it('refuses models that are not trained, figures that there are not, and those that need an experiment', async () => {
    const untrained = await sdxInProcess('figures', experiment, '--only', '7');
    expect(untrained.exitCode).toBe(3);
    expect(untrained.stderr).toContain('is not trained yet');
    expect(untrained.stderr).toContain(`sdx run ${experiment}`);
    const unknown = await sdxInProcess('figures', experiment, '--only', '7,12');
    expect(unknown.exitCode).toBe(2);
    expect(unknown.stderr).toContain('there is no figure 12');
    const lone = await sdxInProcess('figures', '--only', '9');
    expect(lone.exitCode).toBe(2);
    expect(lone.stderr).toContain('Fig. 9 is made of the models of an experiment');
    const model = await sdxInProcess('figures', experiment, 'sdd');
    expect(model.exitCode).toBe(2);
    expect(model.stderr).toContain('the experiment has no model sdd');
  });

  it('refuses figures that the experiment cannot have, with the reason', async () => {
    const gates = await sdxInProcess('figures', experiment, 'teacher', '--only', '9');
    expect(gates.exitCode).toBe(2);
    expect(gates.stderr).toContain('Fig. 9 cannot be made: no model asked for has wavelet gates');
    const captions = await sdxInProcess('figures', experiment, '--only', '8');
    expect(captions.exitCode).toBe(2);
    expect(captions.stderr).toContain('Fig. 8 cannot be made: its models are not told captions');
  });

  it('makes the figures of an experiment, and says which it cannot have', async () => {
    await publishRun(experiment, 'store');
    const args = [experiment, ...small, 'figures.throughputBatch=1'];
    const { exitCode, stdout, stderr } = await sdxInProcess('figures', ...args);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(stdout).toBe('results/small/figures/figures.html');
    const names = (await readdir('results/small/figures')).sort();
    expect(names).toEqual([
      'figure-1-planes.svg',
      'figure-1-radial.svg',
      'figure-1-ratio.svg',
      'figure-1.csv',
      'figure-10-difference.svg',
      'figure-10-pictures.svg',
      'figure-10-surplus.svg',
      'figure-10.csv',
      'figure-2-pictures.svg',
      'figure-2-sd.svg',
      'figure-2-teacher.svg',
      'figure-2.csv',
      'figure-6.csv',
      'figure-7.csv',
      'figure-7.svg',
      'figure-9-sd-down-noised.svg',
      'figure-9-sd-down-sampling.svg',
      'figure-9-sd-up-noised.svg',
      'figure-9-sd-up-sampling.svg',
      'figure-9.csv',
      'figures.html',
      'samplers-sd.svg',
      'samplers-teacher.svg',
      'samplers.csv',
      'table-1.csv',
      'timed',
    ]);
    expect((await readdir('results/small/figures/timed')).sort()).toEqual(['figure-6.csv', 'figure-6.svg']);
    const page = await readFile('results/small/figures/figures.html', 'utf8');
    expect(page).toContain('its models are not told captions');
    const gates = (await readFile('results/small/figures/figure-9.csv', 'utf8')).trim().split('\n');
    expect(gates[0]).toBe('model,where,module,t,LL,LL_sd,LH,LH_sd,HL,HL_sd,HH,HH_sd');
    expect(gates.filter((line) => line.startsWith('sd,sampling,')).length).toBeGreaterThan(0);

    const errors = (await readFile('results/small/figures/samplers.csv', 'utf8')).trim().split('\n');
    expect(errors[0]).toBe('model,sampler,steps,evaluations,error,error_sd');
    expect(errors.slice(1).map((line) => line.split(',').slice(0, 4).join(' '))).toEqual(
      ['teacher', 'sd'].flatMap((model) => [
        `${model} DDIM 2 2`,
        `${model} DPM-Solver++(2M) 2 2`,
        `${model} Heun 2 3`,
      ]),
    );
    expect(page).toContain('Samplers: error of samplers by number of evaluations');

    const again = await sdxInProcess('figures', ...args, '--json');
    expect(again.exitCode).toBe(0);
    expect(again.stderr).toContain('trajectory:sd: cached');
    expect(JSON.parse(again.stdout)).toMatchObject({ page: 'results/small/figures/figures.html' });
    expect(await readFile('results/small/figures/figures.html', 'utf8')).toBe(page);
  });

  it('makes only those that are asked for, of the models named', async () => {
    const { exitCode } = await sdxInProcess(
      'figures',
      experiment,
      'teacher',
      ...small,
      '--only',
      'table-1,2',
      '--results',
      'other',
    );
    expect(exitCode).toBe(0);
    expect((await readdir('other/small/figures')).sort()).toEqual([
      'figure-2-pictures.svg',
      'figure-2-teacher.svg',
      'figure-2.csv',
      'figures.html',
      'table-1.csv',
    ]);
    const table = await readFile('other/small/figures/table-1.csv', 'utf8');
    expect(table.split('\n')[0]).toBe('model,params,paper_low,paper_high,radial_low,radial_high');
    expect(table.trim().split('\n')).toHaveLength(2);
  });

  it('is no part of a run: the plan does not name it', async () => {
    const { stdout } = await sdxInProcess('plan', experiment, '--json');
    expect(stdout).not.toMatch(/trajectory|fourier|convergence/);
  });

  it('samples text models for captions on the command line', async () => {
    const captioned = await writeSmallExperiment(folder, 'text');
    const { exitCode, stderr } = await sdxInProcess('figures', captioned, '--only', '8');
    expect(exitCode).toBe(2);
    expect(stderr).toContain("no captions are given: figures.prompts='[a red heart, a green leaf]'");
    await publishRun(captioned, 'store');
    const made = await sdxInProcess(
      'figures',
      captioned,
      'figures.prompts=[a red heart, a green leaf]',
      '--only',
      '8',
      '--results',
      'text',
    );
    expect({ exitCode: made.exitCode, stderr: made.stderr }).toMatchObject({ exitCode: 0 });
    expect(await readFile('text/small/figures/figure-8.csv', 'utf8')).toBe(
      'column,caption\n1,a red heart\n2,a green leaf\n',
    );
  });
});
