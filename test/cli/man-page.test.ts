// The man page that is installed: nothing of the catalog is missing, and it is well-formed.
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/catalog.ts';
import { argumentName, valueSpec } from '../../src/cli/command-spec.ts';
import { ExitCode } from '../../src/errors.ts';
import { root } from '../support/root.ts';

let file: string;
let page: string;

beforeAll(async () => {
  const { man } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as { man: string };
  file = path.join(root, man);
  page = await readFile(file, 'utf8');
});

/** What is read of roff: without fonts and escapes. */
function plain(roff: string): string {
  const signs: Readonly<Record<string, string>> = { rs: '\\', aq: "'", ga: '`', ha: '^', ti: '~' };
  return roff
    .replaceAll(/\\f[BR]|\\&/g, '')
    .replaceAll('\\-', '-')
    .replaceAll(/\\\((..)/g, (_, name: string) => signs[name]!);
}

/** The lines below a heading, up to the next one of its level. */
function section(heading: string): string {
  const from = plain(page).split(`\n${heading}\n`)[1]!;
  return from.split(/^\.S[SH] /m)[0]!;
}

it.each(commands)('describes $name with its arguments, options and examples', ({ name, ...spec }) => {
  const text = section(`.SS sdx ${name}`);
  expect(text).toContain(`${spec.help}.\n`);
  expect(text).toContain(['sdx', name, '[options]', ...Object.keys(spec.args)].join(' '));
  for (const [key, arg] of Object.entries(spec.args))
    expect(text).toContain(`.TP\n${argumentName(key)}\n${valueSpec(arg).help}`);
  for (const { flags, help } of spec.options) expect(text).toContain(`.TP\n${flags}\n${help}`);
  expect(text).toContain(`.EX\n${spec.examples.join('\n')}\n.EE`);
});

it('has the commands in the order of the catalog, and no other', () => {
  const named = [...plain(page).matchAll(/^\.SS sdx (.*)$/gm)].map(([, name]) => name);
  expect(named).toEqual(commands.map(({ name }) => name));
});

it('tells choices, defaults and environment variables', () => {
  expect(section('.SS sdx run')).toContain('folder of the artifact store (default: ".sdx", env: SDX_STORE)');
  expect(section('.SS sdx sweep')).toContain('(choices: "local", "slurm", default: "local")');
});

it('has every exit code', () => {
  const codes = [...section('.SH EXIT STATUS').matchAll(/^\.TP\n(\d+)\n(?=\w)/gm)].map(([, code]) =>
    Number(code),
  );
  expect(codes).toEqual(Object.values(ExitCode));
});

const checkers: Readonly<Record<string, readonly string[]>> = {
  // It asks for a date, which would change with every build.
  mandoc: ['-Tlint', '-Wwarning'],
  man: ['--warnings', '-l'],
};

describe.each(Object.entries(checkers))('%s', (program, options) => {
  const missing = spawnSync(program, ['--version']).error !== undefined;

  it.skipIf(missing)(
    missing ? 'skipped: it is not installed here' : 'has nothing to complain of',
    async () => {
      const { stdout, stderr } = await execa(program, [...options, file], {
        reject: false,
        env: { MANWIDTH: '80' },
      });
      const complaints = program === 'man' ? stderr : stdout;
      expect(complaints.split('\n').filter((line) => line !== '' && !line.includes('missing date'))).toEqual(
        [],
      );
    },
  );
});
