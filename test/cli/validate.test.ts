import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root, sdx } from './sdx.ts';

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
      "error: wrong.yaml is not a valid experiment: 6 problems
        wrong.yaml:1:7: name: "Wrong" does not match ^[a-z0-9][a-z0-9-]*$ (Name of the experiment and of its folder in results/: lower-case letters, digits and hyphens)
        wrong.yaml:3:9: dataset.kind: "emojis" is not one of emoji, folder, zip, lsun-lmdb, imagenet, webdataset, coco; did you mean emoji?
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
    expect(stderr).toContain('wrong.yaml is not a valid experiment: 5 problems');
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

describe('errors of other commands', () => {
  it('are JSON on stderr with --json', async () => {
    const { exitCode, stdout, stderr } = await sdx(['validate', 'seed=1', '--json']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(JSON.parse(stderr)).toEqual({
      error: 'no experiment file is named, only overrides',
      exitCode: 2,
      hint: 'sdx validate experiments/quickstart.yaml key.key=value',
    });
  });

  it('are coloured where colour is forced', async () => {
    const { stderr } = await sdx(['validate', 'seed=1'], { env: { FORCE_COLOR: '1' } });
    expect(stderr).toContain('\u001b[31merror:\u001b[0m no experiment');
  });
});
