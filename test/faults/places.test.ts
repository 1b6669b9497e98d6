// Places that cannot be written to, or are not what they seem: told in one line, or gone round.
import { mkdir, readdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderPerFile } from '../support/temporary-folder.ts';
import { withFault } from './failing-fs.ts';
import { misnamed, runIn, runSdx, withFakeStages, type Ended } from './worlds.ts';

const inFolder = folderPerFile();
let file: string;
let finish: () => void;
let over: Promise<void>;

beforeAll(async () => {
  await new Promise<void>((ready) => {
    over = withFakeStages(inFolder(), async (made) => {
      file = made;
      ready();
      await new Promise<void>((resolve) => (finish = resolve));
    });
  });
  expect((await run()).exitCode).toBe(0);
});
afterAll(async () => {
  finish();
  await over;
});

const run = (...more: readonly string[]): Promise<Ended> => runSdx(runIn(inFolder(), file, ...more));
const store = (): string[] => ['--store', inFolder('store')];

function expectTold(ended: Ended, message: RegExp): void {
  expect(misnamed(ended)).toBeUndefined();
  expect(ended.stderr).toMatch(message);
}

describe('outputs', () => {
  it('sample makes the folder of its output', async () => {
    const output = inFolder('new', 'folder', 'x.png');
    const ended = await runSdx(['sample', file, 'lite', '--output', output, ...store()]);
    expect(ended.exitCode, ended.stderr).toBe(0);
    expect((await stat(output)).size).toBeGreaterThan(0);
  });

  it('sample refuses an output that cannot be, before it samples', async () => {
    const before = await readdir(inFolder('store', 'artifacts'));
    const args = ['sample', file, 'lite', '--seed', '9', ...store(), '--output'];
    expectTold(
      await runSdx([...args, path.join(file, 'x.png')]),
      /faults\.yaml: a file, .*, is in its place/,
    );
    expect((await runSdx([...args, inFolder()])).stderr).toMatch(/does not end in a format of/);
    await mkdir(inFolder('taken.png'));
    expect((await runSdx([...args, inFolder('taken.png')])).stderr).toMatch(/taken\.png is a folder/);
    expect(await readdir(inFolder('store', 'artifacts'))).toEqual(before);
  });

  it('export says why its output cannot be', async () => {
    const args = ['export', file, 'lite', ...store(), '--output', path.join(file, 'x.safetensors')];
    expectTold(await runSdx(args), /faults\.yaml: a file, .*, is in its place/);
  });

  it('a link to nowhere in place of the results is told', async () => {
    await mkdir(inFolder('linked'));
    await symlink(inFolder('nowhere'), inFolder('linked', 'faults'));
    const ended = await runSdx(['run', file, ...store(), '--results', inFolder('linked')]);
    expectTold(ended, /linked\/faults: .* a link that leads nowhere, is in its place/);
  });

  it('a name of 300 letters is told', async () => {
    const ended = await run(`name=${'a'.repeat(300)}`);
    expect(ended.exitCode).toBe(2);
    expect(ended.stderr).toMatch(/^error: /);
    expect(ended.stderr).toMatch(/name: the text is too long; 100 characters are allowed/);
    expect(ended.stderr).not.toMatch(/bug in sdx/);
  });
});

it('a store that can only be read is verified', async () => {
  const fault = { kind: 'mkdir', n: 1, code: 'EROFS', lasting: true } as const;
  const args = ['verify', 'faults', ...store(), '--results', inFolder('results')];
  const { result, counts } = await withFault([inFolder('store')], fault, () => runSdx(args));
  expect(counts.mkdir).toBeGreaterThan(0);
  expect(result.stdout).toMatch(/stages +ok/);
});

it('a grid that is missing is made again', async () => {
  const artifacts = inFolder('store', 'artifacts');
  for (const key of await readdir(artifacts)) {
    const { kind } = JSON.parse(await readFile(path.join(artifacts, key, 'artifact.json'), 'utf8')) as {
      kind: string;
    };
    if (kind === 'sample') await rm(path.join(artifacts, key, 'grid.png'));
  }
  const ended = await run();
  expect(ended.exitCode, ended.stderr).toBe(0);
  expect(ended.stderr).toMatch(/warning: its stored artifact is damaged: grid\.png is missing/);
});
