import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { commands } from '../../../../src/cli/catalog.ts';
import { command, longName, valueSpec } from '../../../../src/cli/command-spec.ts';
import { complete } from '../../../../src/cli/completion/complete.ts';

const smileys = 'experiments/smileys.yaml';
const ablation = 'experiments/sweeps/ablation.yaml';

const at = (...words: string[]) => complete(words, commands);
const values = async (...words: string[]) => (await at(...words)).candidates.map(({ value }) => value);

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sdx-completion-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), text);
  }
  return folder;
}

it('offers every command and help, with what they do', async () => {
  expect((await at('')).candidates).toEqual([
    ...commands.map(({ name, help }) => ({ value: name, help })),
    { value: 'help', help: 'print the help of a command' },
  ]);
  expect(await values('help', '')).toEqual(commands.map(({ name }) => name));
  expect(await values('-')).toEqual(['--help', '--version']);
});

describe.each(commands)('$name', (command) => {
  const { name, options } = command;
  const args = Object.values(command.args).map(valueSpec);

  it('offers every option, with what it does', async () => {
    expect((await at(name, '--')).candidates).toEqual([
      ...options.map((option) => ({ value: longName(option), help: option.help })),
      { value: '--help', help: 'print this help' },
    ]);
  });

  it.each(options.map((option) => [longName(option), option] as const))(
    'offers what %s takes, and the option again only where it may be given again',
    async (flag, option) => {
      const given = option.value === undefined ? [flag] : [flag, 'x'];
      expect((await values(name, ...given, '-')).includes(flag)).toBe(option.many === true);
      if (option.value === undefined) {
        expect(await at(name, `${flag}=`)).toEqual(await at(name, '-'));
        return;
      }
      const offered = await at(name, flag, '');
      const glued = await at(name, `${flag}=`);
      const words = [...(option.choices ?? []), ...(option.suggestions ?? [])];
      expect(offered.candidates.map(({ value }) => value)).toEqual(words);
      expect(glued.candidates.map(({ value }) => value)).toEqual(words.map((word) => `${flag}=${word}`));
      const kind = option.offers?.find((source) => ['yaml', 'file', 'folder'].includes(source));
      const isFile = option.offers === undefined && words.length === 0 && option.type === undefined;
      const expected = kind ?? (isFile ? 'file' : undefined);
      expect(offered.files?.kind).toBe(expected);
      expect(glued.files).toEqual(expected && { kind: expected, prefix: `${flag}=` });
    },
  );

  it('offers what each argument takes', async () => {
    for (const [i, arg] of args.entries()) {
      const before = args.slice(0, i).map(({ offers }) => (offers?.includes('yaml') ? smileys : 'x'));
      const { candidates, files } = await at(name, ...before, '');
      const found = candidates.map(({ value }) => value);
      expect(found).toEqual(expect.arrayContaining([...(arg.choices ?? []), ...(arg.suggestions ?? [])]));
      for (const source of arg.offers ?? (arg.choices ? [] : ['file'])) {
        if (source === 'override') expect(found).toContain('distill.');
        else if (source === 'student') expect(found).toEqual(expect.arrayContaining(['lite', 'sd']));
        else if (source === 'result') expect(found).toContain('quickstart');
        else expect(files).toEqual({ kind: source, prefix: '' });
      }
      if (arg.offers?.length === 0) expect(found).toEqual([]);
    }
  });
});

it('completes a command that is new to the catalog', async () => {
  const row = command({
    name: 'paint',
    args: { '<experiment>': { help: 'YAML file', offers: ['yaml'] }, '[rest...]': 'files' },
    help: 'paint',
    options: { brush: { value: '<name>', help: 'which', choices: ['oil', 'ink'], default: 'ink' } },
    examples: [],
    run: () => Promise.resolve(0),
  });
  const paint = (...words: string[]) => complete(['paint', ...words], [row]);
  expect(await paint('')).toEqual({ candidates: [], files: { kind: 'yaml', prefix: '' } });
  expect(await paint('a', 'b', 'c', '')).toEqual({ candidates: [], files: { kind: 'file', prefix: '' } });
  expect((await paint('--brush', '')).candidates).toEqual([
    { value: 'oil', help: '' },
    { value: 'ink', help: 'default' },
  ]);
});

describe('the words before', () => {
  it('tell arguments from options and their values', async () => {
    expect(await values('sample', '--count', '8', smileys, '--eta=0', '')).toContain('lite');
    expect(await values('run', '--json', smileys, 'distill.')).toContain('distill.steps=');
  });

  it('leave options that are given, but for those that may be given again', async () => {
    const left = await values('sample', smileys, 'teacher', '--prompt', 'a', '--count', '8', '--');
    expect(left).toContain('--prompt');
    expect(left).toContain('--sampler');
    expect(left).not.toContain('--count');
    const samplers = ['ddim', 'dpm-solver++', 'heun', 'ancestral', 'lcm'];
    expect(await values('sample', '--sampler', '')).toEqual(samplers);
  });

  it('leave options where all arguments are given', async () => {
    expect(await values('schema', 'sweep', '')).toEqual(['--output', '--help']);
  });

  it('may end the options', async () => {
    expect((await at('fid', '--', '--')).files).toEqual({ kind: 'file', prefix: '' });
    expect(await values('schema', '--', 'sweep', '')).toEqual([]);
  });

  it.each([[['no-such-command', '']], [['help', 'run', '']], [['cell', 'folder', '']]])(
    '%j leads nowhere',
    async (words) => {
      expect(await complete(words, commands)).toEqual({ candidates: [] });
    },
  );
});

describe('the experiment on the line', () => {
  it('names its models', async () => {
    expect(await values('sample', smileys, '')).toEqual(['teacher', 'lite', 'sd']);
    expect(await values('export', smileys, '')).toEqual(['teacher', 'autoencoder', 'lite', 'sd']);
    expect(await values('import', 'x', '--for', smileys, '--network=')).toContain('--network=sd');
  });

  it('names its stages, one after another, and the kinds that stand for several', async () => {
    const stages = await values('run', smileys, '--stage', '');
    expect(stages).toEqual([
      ...['dataset', 'autoencoder', 'latents', 'reference', 'teacher', 'sample:teacher', 'evaluate:teacher'],
      ...['distill:lite', 'sample:lite', 'evaluate:lite', 'distill:sd', 'sample:sd', 'evaluate:sd'],
      ...['sample', 'evaluate', 'distill'],
    ]);
    expect(await values('run', smileys, '--stage', 'latents,sample:sd,')).toEqual(
      stages
        .filter((name) => name !== 'latents' && name !== 'sample:sd')
        .map((name) => `latents,sample:sd,${name}`),
    );
    expect(await values('run', smileys, '--stage=di')).toContain('--stage=distill:sd');
    expect(await values('run', smileys, 'autoencoder={kind: none}', '--stage', '')).not.toContain(
      'autoencoder',
    );
  });

  it('names a second data set to judge by, and no stages where the experiment is not sound', async () => {
    const judged = 'evaluate.dataset={kind: folder, path: nowhere, size: 32}';
    expect(await values('run', smileys, judged, '--stage', '')).toContain('dataset:evaluation');
    expect(await values('run', smileys, 'sample.steps=0', '--stage', '')).toEqual([]);
    expect(await values('run', 'nowhere.yaml', '--stage', '')).toEqual([]);
  });

  it('may be that of a sweep, start from another, or be changed on the line', async () => {
    expect(await values('sweep', ablation, 'students.')).toEqual(['students.lite.', 'students.sd.']);
    const folder = await folderWith({
      'base.yaml': 'students: {slim: {}}',
      'x.yaml': 'extends: base.yaml\nstudents: {thin: {}}',
    });
    const file = path.join(folder, 'x.yaml');
    expect(await values('sample', file, '')).toEqual(['teacher', 'slim', 'thin']);
    expect(await values('run', file, 'students.new.freq=true', 'wrong', '=', 'students.')).toContain(
      'students.new.',
    );
  });

  it('may be missing or wrong: what does not need it is offered', async () => {
    const folder = await folderWith({ 'x.yaml': '{ [ wrong', 'list.yaml': '[1]' });
    for (const name of ['x.yaml', 'list.yaml', 'missing.yaml']) {
      const file = path.join(folder, name);
      expect(await values('sample', file, '')).toEqual(['teacher']);
      expect(await values('run', file, 'distill.')).toContain('distill.steps=');
    }
  });
});

it('offers the results of the folder that --results names', async () => {
  const folder = await folderWith({ 'a/manifest.json': '{}', 'b/other.json': '{}' });
  expect(await values('verify', '--results', folder, '')).toEqual(['a']);
  expect(await values('table', `--results=${folder}/missing`, '')).toEqual([]);
});
