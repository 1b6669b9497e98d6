import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sdxInProcess } from '../support/processes/in-process.ts';
import { sdx } from '../support/processes/sdx.ts';
import { root } from '../support/root.ts';

const quickstart = 'experiments/quickstart.yaml';

const wrong = `name: Wrong
dataset:
  kind: emojis
autoencoder: {kind: none}
teacher:
  unet: {modelChannels: 64, channelMult: [1, 2], numHeads: 4}
students:
  sd:
    modelChannels: 32
    waveletGate: true
distill:
  steps: many
  batchSize: 2
`;

describe('sdx validate', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sdx-validate-'));
    const bomb = [
      'a: &a [x, x]',
      ...Array.from(
        'bcdefghijklmnopqr',
        (name, i) => `${name}: &${name} [*${'abcdefghijklmnopqr'[i]!}, *${'abcdefghijklmnopqr'[i]!}]`,
      ),
    ];
    await writeFile(path.join(folder, 'wrong.yaml'), wrong);
    await writeFile(path.join(folder, 'bomb.yaml'), bomb.join('\n'));
    await writeFile(path.join(folder, 'proto.yaml'), '__proto__:\n  seed: 1\n');
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('accepts the quickstart, with overrides and warnings', async () => {
    const { exitCode, stdout, stderr } = await sdx([
      'validate',
      quickstart,
      'students.lite=',
      'distill.lambdaS=0',
    ]);
    expect(stdout).toMatch(
      /^experiments\/quickstart\.yaml: valid \(quickstart; students sd; digest [0-9a-f]{12}\)$/,
    );
    const line =
      1 + (await readFile(path.join(root, quickstart), 'utf8')).split('\n').indexOf('    spatial: true');
    expect(stderr).toBe(
      `warning: experiments/quickstart.yaml:${line}:14: students.sd.spatial has no effect: distill.lambdaS is 0`,
    );
    expect(exitCode).toBe(0);
  });

  it('lists all problems with their places', async () => {
    const { exitCode, stdout, stderr } = await sdx(['validate', 'wrong.yaml', 'sample.eta=2'], {
      cwd: folder,
    });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatchInlineSnapshot(`
      "error: wrong.yaml is not a valid experiment: 7 problems
        wrong.yaml:1:7: name: "Wrong" does not match ^[a-z0-9][a-z0-9-]*$ (Name of the experiment and of its folder in results/: lower-case letters, digits and hyphens)
        wrong.yaml:3:9: dataset.kind: "emojis" is not one of emoji, avatars, folder, zip, lsun-lmdb, imagenet, webdataset, coco; did you mean emoji?
        wrong.yaml:5:1: teacher needs weights: give checkpoint (load them) or train (train them here)
        wrong.yaml:10:5: students.sd.waveletGate is not a known key; did you mean waveletGating?
        wrong.yaml:11:1: distill.learningRate is missing (AdamW's learning rate at the start)
        wrong.yaml:12:10: distill.steps: "many" is a string; an integer is needed
        override #1 \`sample.eta=2\`: sample.eta: 2 is too large; 1 or less is needed"
    `);
  });

  it.each([
    ['bomb.yaml', /bomb\.yaml:1:\d+: more than 20000 values, aliases expanded/],
    ['proto.yaml', /proto\.yaml:1:1: __proto__ is not allowed as a key/],
  ])('refuses %s', async (file, problem) => {
    const { exitCode, stderr } = await sdx(['validate', file], { cwd: folder });
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(problem);
  });

  it('ends with 3 where a file is missing', async () => {
    expect(await sdx(['validate', 'wrang.yaml'], { cwd: folder })).toEqual({
      exitCode: 3,
      stdout: '',
      stderr: 'error: the experiment file wrang.yaml does not exist\n  hint: did you mean wrong.yaml?',
    });
  });

  it('checks each of several files', async () => {
    const { exitCode, stdout, stderr } = await sdx(['validate', path.join(folder, 'wrong.yaml'), quickstart]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('wrong.yaml is not a valid experiment: 6 problems');
    expect(stdout).toContain('quickstart.yaml: valid');
  });

  it('--json prints a report per file', async () => {
    const { exitCode, stdout, stderr } = await sdx(['validate', quickstart, 'seed=-1', '--json']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: '' });
    expect(JSON.parse(stdout)).toEqual([
      {
        file: quickstart,
        valid: false,
        exitCode: 2,
        error: expect.stringContaining('1 problem') as string,
        problems: [
          { where: { file: 'override #1 `seed=-1`' }, message: 'seed: -1 is too small; 0 or more is needed' },
        ],
      },
    ]);
  });
});

describe('sdx validate of a sweep', () => {
  let folder: string;
  const base = `${root}experiments/quickstart.yaml`;
  const validateSweep = async (text: string, ...more: string[]) => {
    await writeFile(path.join(folder, 's.yaml'), text);
    return sdxInProcess('validate', path.join(folder, 's.yaml'), ...more);
  };
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sdx-validate-sweep-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('accepts the shipped ones', async () => {
    const files = ['ablation', 'ablation-ffhq'].map((name) => `${root}experiments/sweeps/${name}.yaml`);
    const { exitCode, stdout, stderr } = await sdxInProcess('validate', ...files);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toBe(
      `${files[0]!}: valid (sweep ablation; 8 cells, 24 experiments)\n` +
        `${files[1]!}: valid (sweep ablation-ffhq; 8 cells, 8 experiments)`,
    );
  });

  it('lists the problems of the file with their places', async () => {
    const { exitCode, stderr } = await validateSweep(
      `name: s\nbase: ${base}\nstudent: sd\ntoggle: [freq]\nseeds: [-1]\n`,
    );
    expect(exitCode).toBe(2);
    expect(stderr.replaceAll(folder, '')).toMatch(
      /^error: \/s\.yaml is not a valid sweep: 2 problems\n {2}\/s\.yaml:4:1: toggle is not a known key; did you mean toggles\?\n {2}\/s\.yaml:5:9: seeds\[0\]: -1 is too small/,
    );
  });

  it('lists the problems of single cells, also those that overrides make', async () => {
    const { exitCode, stderr } = await validateSweep(
      `name: s\nbase: ${base}\nstudent: sd\naxes: {sample.eta: [0, 2], distill.lambdaF: [0.1, x]}\n`,
      'distill.batchSize=0',
    );
    expect(exitCode).toBe(2);
    expect(stderr.replaceAll(`${folder}/`, '').split('\n').sort()).toEqual([
      expect.stringMatching(/^ {2}override #1 `distill.batchSize=0`: distill.batchSize: 0 is too small/),
      expect.stringMatching(/^ {2}s\.yaml:4:24: sample.eta: 2 is too large/),
      expect.stringMatching(/^ {2}s\.yaml:4:51: distill.lambdaF: "x" is a string/),
      'error: s.yaml is not a valid sweep: 3 problems',
    ]);
  });

  it('lists the problems of the base, and warns of those that only the base has', async () => {
    await writeFile(
      path.join(folder, 'base.yaml'),
      `extends: ${base}\nname: base\nseed: -1\nstudents:\n  other: {modelChannels: 32, gating: true}\n`,
    );
    const text = 'name: s\nbase: base.yaml\nstudent: sd\n';
    const broken = await validateSweep(text);
    expect(broken.exitCode).toBe(2);
    expect(broken.stderr).toMatch(/: 1 problem\n {2}.*base\.yaml:3:7: seed: -1 is too small/);
    const mended = await validateSweep(`${text}overrides: {seed: 1}\n`);
    expect(mended.exitCode).toBe(0);
    expect(mended.stderr.replaceAll(`${folder}/`, '')).toBe(
      'warning: base.yaml:3:7: in the base by itself, seed: -1 is too small; 0 or more is needed\n' +
        'warning: base.yaml:5:30: in the base by itself, students.other.gating is not a known key; known here: method, modelChannels, waveletGating, wavelet, waveletFusion, gates, waveletActivation, spatial, freq, blocks, featureWeight, lossThreshold, importanceSteps, sample',
    );
  });

  it('says where a base is named that does not exist', async () => {
    const { exitCode, stderr } = await validateSweep('name: s\nbase: nothing.yaml\nstudent: sd\n');
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/nothing\.yaml does not exist\n {2}at .*s\.yaml:2:7\n/);
  });

  it('--json lists the experiments with their digests', async () => {
    const { stdout } = await validateSweep(`name: s\nbase: ${base}\nstudent: sd\nseeds: 2\n`, '--json');
    const digest = expect.stringMatching(/^[0-9a-f]{64}$/) as string;
    const runs = ['base-seed0', 'base-seed1'].map((id) => ({ id, digest }));
    const report = {
      file: path.join(folder, 's.yaml'),
      valid: true,
      warnings: [],
      kind: 'sweep',
      name: 's',
      runs,
    };
    expect(JSON.parse(stdout)).toEqual([report]);
  });
});

describe('errors of other commands', () => {
  it('are JSON on stderr with --json', async () => {
    const { exitCode, stdout, stderr } = await sdx(['validate', 'seed=1', '--json']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(JSON.parse(stderr)).toEqual({
      error: 'no file is named, only overrides',
      exitCode: 2,
      hint: 'sdx validate experiments/quickstart.yaml key.key=value',
    });
  });

  it('are coloured where colour is forced', async () => {
    const { stderr } = await sdx(['validate', 'seed=1'], { env: { FORCE_COLOR: '1' } });
    expect(stderr).toContain('\u001b[31merror:\u001b[0m no file is named');
  });
});
