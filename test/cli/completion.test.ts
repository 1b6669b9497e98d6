// The scripts in the shells that are there: what is typed, and what Tab makes of it.
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FileRequest } from '../../src/cli/completion/completion.ts';
import { completionScripts, shells } from '../../src/cli/options.ts';
import { minimal } from '../support/experiments/experiment-files.ts';
import { sdxCommand } from '../support/processes/compiled.ts';
import { sdxInProcess } from '../support/processes/in-process.ts';
import { root } from '../support/root.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sdx-shells-'));
  const sdx = path.join(folder, 'bin/sdx');
  await mkdir(path.dirname(sdx));
  await writeFile(sdx, `#!/bin/sh\nexec ${sdxCommand.map((word) => `'${word}'`).join(' ')} "$@"\n`);
  await chmod(sdx, 0o755);
  await mkdir(path.join(folder, 'here/my images'), { recursive: true });
  const files = {
    'mine.yaml': 'students: {slim: {}}',
    'mine.yml': '',
    'my notes.yaml': '',
    'mine.txt': '',
    'tiny.yaml': minimal,
  };
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, 'here', name), text);
});

afterAll(() => rm(folder, { recursive: true }));

/** Runs a shell in `here`, without anybody's settings, with sdx in its path. */
function shell(file: string, args: readonly string[]) {
  const env = { PATH: `${folder}/bin:${process.env['PATH'] ?? ''}`, HOME: folder, ZDOTDIR: folder };
  return execa(file, args, { cwd: path.join(folder, 'here'), env, stdin: 'ignore', timeout: 60_000 });
}

/** A name for the suite of a shell, which says why it is skipped. */
function suite(name: string): readonly [string, { readonly skip: boolean }] {
  const missing = spawnSync(name, ['--version']).error !== undefined;
  return [missing ? `${name} (skipped: it is not installed here)` : name, { skip: missing }];
}

it.each(shells)('prints the script of %s', async (name) => {
  const script = await readFile(path.join(root, 'completions', completionScripts[name]), 'utf8');
  expect(await sdxInProcess('completion', name)).toEqual({
    exitCode: 0,
    stdout: script.trimEnd(),
    stderr: '',
  });
});

it('lists the shells that it knows', async () => {
  expect(await sdxInProcess('completion', 'tcsh')).toEqual({
    exitCode: 2,
    stdout: '',
    stderr:
      "error: command-argument value 'tcsh' is invalid for argument 'shell'. Allowed choices are bash, zsh, fish, powershell.\n  hint: sdx completion --help lists what there is",
  });
});

describe(...suite('bash'), () => {
  /** COMPREPLY for a line; `words` are its words as bash cuts them, also at `=`. */
  async function reply(line: string, words: readonly string[]): Promise<string[]> {
    const script = `source <(sdx completion bash)
      COMP_LINE=$1 COMP_POINT=\${#1}; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
      _sdx_completion; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await shell('bash', ['--norc', '-c', script, 'bash', line, ...words]);
    return stdout.split('\n');
  }

  it.each([
    ['sdx ru', ['sdx', 'ru'], ['run']],
    ['sdx run --eng', ['sdx', 'run', '--eng'], ['--engine']],
    ['sdx run --engine ', ['sdx', 'run', '--engine', ''], ['onnx', 'tensorflow', 'reference']],
    ['sdx run --engine=o', ['sdx', 'run', '--engine', '=', 'o'], ['onnx']],
    ['sdx run --engine=', ['sdx', 'run', '--engine', '='], ['onnx', 'tensorflow', 'reference']],
    ['sdx run mi', ['sdx', 'run', 'mi'], ['mine.yaml', 'mine.yml']],
    ['sdx run my', ['sdx', 'run', 'my'], ['my images', 'my notes.yaml']],
    ['sdx run mine.yaml distill.batc', ['sdx', 'run', 'mine.yaml', 'distill.batc'], ['distill.batchSize=']],
    [
      'sdx run mine.yaml seed=1 stu',
      ['sdx', 'run', 'mine.yaml', 'seed', '=', '1', 'stu'],
      ['students.', 'studentSeed='],
    ],
    ['sdx run mine.yaml students.', ['sdx', 'run', 'mine.yaml', 'students.'], ['students.slim.']],
    ['sdx sample mine.yaml ', ['sdx', 'sample', 'mine.yaml', ''], ['teacher', 'slim']],
    [
      'sdx export x --output=my',
      ['sdx', 'export', 'x', '--output', '=', 'my'],
      ['my images', 'my notes.yaml'],
    ],
    [
      'sdx run x dataset.path=my',
      ['sdx', 'run', 'x', 'dataset.path', '=', 'my'],
      ['my images', 'my notes.yaml'],
    ],
    ['sdx run --store m', ['sdx', 'run', '--store', 'm'], ['my images']],
    [
      'sdx run tiny.yaml --stage latents,sample:s',
      ['sdx', 'run', 'tiny.yaml', '--stage', 'latents,sample', ':', 's'],
      ['sd'],
    ],
    ['sdx run tiny.yaml --stage=ref', ['sdx', 'run', 'tiny.yaml', '--stage', '=', 'ref'], ['reference']],
    ['sdx nothing ', ['sdx', 'nothing', ''], ['']],
  ])('%s', async (line, words, expected) => {
    expect((await reply(line, words)).sort()).toEqual([...expected].sort());
  });
});

describe(...suite('fish'), () => {
  it.each([
    ['sdx ru', [/^run\trun an experiment/]],
    ['sdx run --eng', [/^--engine\tengine, instead/]],
    ['sdx run --engine=', [/^--engine=onnx/, /^--engine=tensorflow/, /^--engine=reference/]],
    ['sdx run mi', [/^mine\.yaml$/, /^mine\.yml$/]],
    ['sdx run mine.yaml distill.batc', [/^distill\.batchSize=\tSamples per step/]],
    ['sdx sample mine.yaml ', [/^teacher/, /^slim\tstudent/]],
    ['sdx export x --output=my', [/^--output=my images\/$/, /^--output=my notes\.yaml$/]],
    ['sdx run --store m', [/^my images\/$/]],
    ['sdx run tiny.yaml --stage latents,sample:s', [/^latents,sample:sd\tstage$/]],
    ['sdx nothing ', []],
  ])('%s', async (line, expected) => {
    const script = 'sdx completion fish | source; complete -C $argv[1]';
    const { stdout } = await shell('fish', ['--no-config', '-c', script, line]);
    const found = stdout.split('\n').filter((text) => text !== '');
    expect(found.map((text, i) => expected[i]?.test(text) ?? text)).toEqual(expected.map(() => true));
  });
});

describe(...suite('zsh'), () => {
  /** What Tab makes of each of `lines`, typed into a terminal. */
  async function typed(lines: readonly string[]): Promise<string[]> {
    await writeFile(
      path.join(folder, '.zshrc'),
      `autoload -Uz compinit; compinit -u -D; source <(sdx completion zsh)
      note() { print -r -- "$BUFFER|" >> ~/typed; BUFFER= }; zle -N note; bindkey '^N' note`,
    );
    const script = `zmodload zsh/zpty; zpty inner "TERM=xterm zsh -d -i"
      for line in "$@"; do zpty -w -n inner "$line"$'\\t\\x0e'; done
      zpty -w inner exit; while zpty -r inner; do :; done`;
    await shell('zsh', ['-f', '-c', script, 'zsh', ...lines]);
    return (await readFile(path.join(folder, 'typed'), 'utf8')).trimEnd().split('\n');
  }

  it('completes what is typed', async () => {
    const lines = [
      ['sdx ru', 'sdx run |'],
      ['sdx run --eng', 'sdx run --engine |'],
      ['sdx run --engine=o', 'sdx run --engine=onnx |'],
      ['sdx run mine.y', 'sdx run mine.y|'], // .yaml or .yml
      ['sdx run my\\ n', 'sdx run my\\ notes.yaml |'],
      ['sdx run mine.yaml distill.batc', 'sdx run mine.yaml distill.batchSize=|'],
      ['sdx run mine.yaml students.sl', 'sdx run mine.yaml students.slim.|'],
      ['sdx run mine.yaml students.slim.freq=t', 'sdx run mine.yaml students.slim.freq=true |'],
      ['sdx sample mine.yaml sl', 'sdx sample mine.yaml slim |'],
      ['sdx export x --output=my\\ n', 'sdx export x --output=my\\ notes.yaml |'],
      ['sdx run --store m', 'sdx run --store my\\ images/|'],
      ['sdx run tiny.yaml --stage latents,sample:s', 'sdx run tiny.yaml --stage latents,sample:sd |'],
      ['sdx run tiny.yaml --stage=ref', 'sdx run tiny.yaml --stage=reference |'],
    ] as const;
    expect(await typed(lines.map(([line]) => line))).toEqual(lines.map(([, result]) => result));
  });
});

describe('the script of PowerShell, where there is none', () => {
  const readScript = () => readFile(path.join(root, 'completions', completionScripts.powershell), 'utf8');

  it('completes the command that is installed', async () => {
    const { bin } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as { bin: object };
    const [, name] =
      /^Register-ArgumentCompleter -Native -CommandName (\w+) /m.exec(await readScript()) ?? [];
    expect([name]).toEqual(Object.keys(bin));
  });

  it('asks with words that sdx answers', async () => {
    const [, asking = ''] = /= @\(& \$sdx (.*) @asked 2>\$null\)/.exec(await readScript()) ?? [];
    const words = asking.replaceAll("'", '').split(' ');
    expect((await sdxInProcess(...words, 'run', '--engine', '')).stdout).toBe(
      '\t\nonnx\t\ntensorflow\t\nreference\t',
    );
    expect((await sdxInProcess(...words, 'run', '--store=m')).stdout).toBe('folder\t--store=');
  });

  it('knows the kinds of files that an answer may ask for', async () => {
    // What is neither is a folder.
    const kinds: readonly FileRequest['kind'][] = ['file', 'yaml'];
    const known = [...(await readScript()).matchAll(/\$kind -eq '(.*?)'/g)].map(([, kind]) => kind);
    expect(known).toEqual(kinds);
  });
});

describe(...suite('pwsh'), () => {
  it.each([
    ['sdx ru', ['run']],
    ['sdx run --eng', ['--engine']],
    ['sdx run --engine ', ['onnx', 'tensorflow', 'reference']],
    ['sdx run --engine=o', ['--engine=onnx']],
    ['sdx run mi', ['./mine.yaml', './mine.yml']],
    ['sdx run mine.yaml distill.batc', ['distill.batchSize=']],
    ['sdx run mine.yaml students.', ['students.slim.']],
    ['sdx sample mine.yaml ', ['teacher', 'slim']],
    ['sdx run --store m', ["'./my images'"]],
    ['sdx run tiny.yaml --stage latents,sample:s', ['sample:sd']],
    ['sdx nothing ', []],
  ])('%s', async (line, expected) => {
    const script = `sdx completion powershell | Out-String | Invoke-Expression
      (TabExpansion2 '${line}' ${line.length}).CompletionMatches.CompletionText`;
    const { stdout } = await shell('pwsh', ['-NoProfile', '-NonInteractive', '-Command', script]);
    expect(stdout.split('\n').filter((text) => text !== '')).toEqual(expected);
  });
});
