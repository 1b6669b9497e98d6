import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadSweep } from '../../../src/sweep/load-sweep.ts';
import { base, sweepFile, sweepProblems } from '../../support/experiments/sweep-world.ts';

const head = 'name: many\nbase: base.yaml\nstudent: sd\n';

describe('cells', () => {
  it('are all combinations of switches, the baseline first and everything on last, each with every seed', async () => {
    const sweep = await loadSweep(
      await sweepFile(`${head}toggles: [waveletGating, spatial, freq]\nseeds: [3, 5]\n`),
    );
    expect(sweep.cells.map(({ id }) => id)).toEqual([
      'wg0-sp0-fr0',
      'wg1-sp0-fr0',
      'wg0-sp1-fr0',
      'wg0-sp0-fr1',
      'wg1-sp1-fr0',
      'wg1-sp0-fr1',
      'wg0-sp1-fr1',
      'wg1-sp1-fr1',
    ]);
    const last = sweep.cells[7]!;
    expect(last.runs.map(({ id, config }) => [id, config.name, config.studentSeed, config.seed])).toEqual([
      ['wg1-sp1-fr1-seed3', 'many-wg1-sp1-fr1-seed3', 3, 0],
      ['wg1-sp1-fr1-seed5', 'many-wg1-sp1-fr1-seed5', 5, 0],
    ]);
  });

  it('have one student, with their switches', async () => {
    const sweep = await loadSweep(await sweepFile(`${head}toggles: [spatial]\n`));
    expect(sweep.cells.map(({ runs }) => runs[0]!.config.students)).toMatchObject([
      { sd: { waveletGating: true, spatial: false, freq: true } },
      { sd: { waveletGating: true, spatial: true, freq: true } },
    ]);
    expect(sweep.cells.map(({ runs }) => Object.keys(runs[0]!.config.students))).toEqual([['sd'], ['sd']]);
  });

  it('take values of any key, and names that files can have', async () => {
    const axes =
      'axes:\n  distill.lambdaF: [0.05, 0.1]\n  distill.alpha: [-1]\n  distill.taps: [[output], all]\n';
    const { cells } = await loadSweep(await sweepFile(head + axes));
    expect(cells.map(({ runs }) => runs[0]!.config.distill.lambdaF)).toEqual([0.05, 0.05, 0.1, 0.1]);
    expect(cells[0]!.id).toMatch(/^lambdaf0p05-alpham1-taps-output-[0-9a-f]{8}$/);
    expect(cells[1]!.id).toBe('lambdaf0p05-alpham1-taps-all');
    expect(cells[2]!.runs[0]!.config.name).toMatch(/^[a-z0-9][a-z0-9-]*$/);
  });

  it('start from the base with the overrides of the sweep, then of the command line', async () => {
    const file = await sweepFile(`${head}overrides: {distill: {steps: 7, batchSize: 3}}\nseeds: 2\n`);
    const { cells, seeds } = await loadSweep(file, ['distill.batchSize=4']);
    expect(cells[0]!.runs[0]!.config.distill).toMatchObject({ steps: 7, batchSize: 4 });
    expect(seeds).toEqual([0, 1]);
    expect(cells.map(({ id }) => id)).toEqual(['base']);
  });

  it('have the same digests in another folder', async () => {
    const digests = async () =>
      (await loadSweep(await sweepFile(`${head}toggles: [freq]\n`))).cells.map(({ runs }) => runs[0]!.digest);
    expect(await digests()).toEqual(await digests());
  });
});

describe('what is refused, and where', () => {
  it.each([
    [
      'an unknown axis',
      'axes:\n  distill.lambda_f: [1]\n',
      '5:3: distill.lambda_f is not a known key; did you mean lambdaF?',
    ],
    [
      'a wrong value, at the value',
      'axes:\n  sample.steps: [10, 501]\n',
      '5:22: sample.steps: 501 is too large; at most 500, half of diffusion.timesteps, are possible',
    ],
    ['an empty list', 'axes:\n  sample.steps: []\n', '5:17: axes.sample.steps: the list is empty'],
    [
      'an unknown switch',
      'toggles: [wavelet]\n',
      '4:11: toggles[0]: "wavelet" is not one of waveletGating, spatial, freq; did you mean waveletGating?',
    ],
    ['a value twice', 'axes:\n  sample.eta: [0, 0]\n', '5:15: axes.sample.eta: 0 is in the list twice'],
    ['a seed twice', 'seeds: [1, 1]\n', '4:8: seeds: 1 is in the list twice'],
    [
      'a key that the sweep sets',
      'axes:\n  studentSeed: [1, 2]\n',
      '5:3: studentSeed is set by the sweep itself; use seeds',
    ],
    ['a key that is none', 'axes:\n  a..b: [1, 2]\n', '5:3: a..b is not a dotted configuration key'],
    [
      'a wrong override',
      'overrides:\n  distil: {steps: 1}\n',
      '5:3: distil is not a known key; did you mean distill?',
    ],
    ['a key of its own', 'seed: 1\n', '4:1: seed is not a known key; did you mean seeds?'],
  ])('%s', async (_, text, expected) => {
    expect(await sweepProblems(head + text)).toEqual([`sweep.yaml:${expected}`]);
  });

  it('a student that the base does not have', async () => {
    expect(await sweepProblems('name: a\nbase: base.yaml\nstudent: lit\n')).toEqual([
      'sweep.yaml:3:10: the base has no student lit; did you mean lite?',
    ]);
  });

  it.each([
    ['slurm: {ranks: 2}', 'sweep.yaml:4:16: slurm.ranks needs `distributed: mpi` in every cell'],
    [
      'slurm: {ranks: 3}\noverrides: {distributed: mpi}',
      'sweep.yaml:4:16: teacher.train.batchSize 2, distill.batchSize 2: not divisible by 3 ranks',
    ],
    [
      'slurm: {ranks: 2}\noverrides: {distributed: mpi}\naxes: {distill.batchSize: [2, 4, 5]}',
      'sweep.yaml:4:16: distill.batchSize 5: not divisible by 2 ranks',
    ],
  ])('processes that cannot train together: %j', async (keys, problem) => {
    expect(await sweepProblems(`${head}${keys}\n`)).toEqual([problem]);
  });

  it('the same experiment twice', async () => {
    const text = `${head}toggles: [freq]\naxes:\n  students.sd.freq: [true]\n`;
    expect((await sweepProblems(text))[0]).toMatch(/^sweep\.yaml:5:1: the cells .* are the same experiment/);
  });

  it('more than 4096 experiments, before any is made', async () => {
    const values = Array.from({ length: 50 }, (_, i) => i + 1).join(', ');
    const text = `${head}axes:\n  sample.steps: [${values}]\n  sample.count: [${values}]\nseeds: 2\n`;
    expect(await sweepProblems(text)).toEqual([
      'sweep.yaml:4:1: 5000 experiments are too many for one sweep; 4096 are allowed',
    ]);
  });

  it('a base that is not there, pointing at the sweep', async () => {
    const file = await sweepFile('name: a\nbase: bse.yaml\nstudent: sd\n');
    await expect(loadSweep(file)).rejects.toMatchObject({
      code: 'input',
      where: { file, line: 2, column: 7 },
      hint: `did you mean ${path.join(path.dirname(file), 'base.yaml')}?`,
    });
  });

  it('problems of the base, in the base', async () => {
    const file = await sweepFile(head, `datset: 1\n${base}`);
    await expect(loadSweep(file)).rejects.toThrow(
      /is not a valid sweep[^]*base\.yaml:1:1: datset is not a known key/,
    );
  });
});
