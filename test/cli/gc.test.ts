// `sdx ls` and `sdx gc` as their users call them, on a store of one run's first stages and one of strangers.
import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/store.ts';
import { sdxInProcess } from '../support/processes/in-process.ts';
import { startSdx } from '../support/processes/sdx.ts';
import { tinyExperiment } from '../support/experiments/family.ts';
import { folderPerFile, folderPerTest } from '../support/temporary-folder.ts';

const world = folderPerFile();
const folder = folderPerTest();
const strangers = Array.from({ length: 40 }, (_, i) => i.toString(16).padStart(2, '0').repeat(16));
let places: string[];

/** An artifact that no plan makes. */
async function publish(dir: string, key: string, kind: string): Promise<void> {
  const store = openStore(dir);
  await store.prepare();
  const lock = await store.lock(key);
  await writeFile(path.join(await store.outputDir(key), 'x'), 'abc');
  const nothing = { params: {}, inputs: {}, summary: {}, stageVersion: 1, seconds: 0 };
  await store.publish(key, { kind, name: kind, ...nothing });
  await lock.release();
}

beforeAll(async () => {
  await mkdir(world('experiments'));
  await cp(tinyExperiment, world('experiments/tiny.yaml'));
  await sdxInProcess('run', world('experiments/tiny.yaml'), '--stage', 'dataset', '--store', world('store'));
  for (const key of strangers) await publish(world('store'), key, 'teacher');
});

beforeEach(async () => {
  await cp(world(), folder('world'), { recursive: true });
  places = [folder('world/experiments'), '--store', folder('world/store')];
});

describe('sdx ls', () => {
  it('lists artifacts with who needs them, and runs with their state', async () => {
    const { exitCode, stdout, stderr } = await sdxInProcess('ls', ...places);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^41 things, [\d.]+ kB$/m);
    expect(stdout).toMatch(/^dataset +[0-9a-f]{12} {2}[\d.]+ kB {2}.* {2}.*experiments\/tiny\.yaml$/m);
    expect(stdout).toMatch(/^teacher +010101010101 +\d+ B +.* nobody$/m);
    expect(stdout).toMatch(/^tiny-dataset +done +\d{4}-/m);
  });

  it('shows how far runs have come, and who is at it', async () => {
    const file = folder('world/store/runs/other.json');
    const process = { pid: 12, host: 'else\u001bwhere', since: '2026-01-31T08:15:00.000Z' };
    const progress = { done: 3, total: 9, unit: 'steps' };
    const nodes = { 'distill:sd': { kind: 'distill', key: 'ab', status: 'running', progress } };
    const times = { started: process.since, updated: process.since };
    const record = { schemaVersion: 1, experiment: 'other', status: 'running', process, nodes, ...times };
    await writeFile(file, JSON.stringify(record));
    const { stdout } = await sdxInProcess('ls', ...places);
    expect(stdout).toMatch(
      /^other +running +2026-01-31 08:15:00 UTC +process 12 on else\\x1bwhere, distill:sd 3\/9 steps$/m,
    );
    const { stdout: json } = await sdxInProcess('ls', ...places, '--json');
    const { runs } = JSON.parse(json) as { readonly runs: readonly object[] };
    expect(runs).toContainEqual(
      expect.objectContaining({
        name: 'other',
        stages: [{ id: 'distill:sd', key: 'ab', status: 'running', progress }],
      }),
    );
  });

  it('goes on where a configuration cannot be read', async () => {
    await writeFile(folder('world/experiments/bad.yaml'), 'name: bad\nsede: 1\n');
    const { exitCode, stdout, stderr } = await sdxInProcess('ls', ...places);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('41 things');
    expect(stderr).toMatch(/^warning: what .*bad\.yaml needs is not known: /);
  });
});

describe('sdx gc', () => {
  it('--dry-run says what it would free and why the rest stays', async () => {
    const { exitCode, stdout } = await sdxInProcess('gc', ...places, '--dry-run', '--older-than', '0');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^stage +key +size +age$/m);
    expect(stdout).toMatch(/^Would remove 40, [\d.]+ kB\. Kept 1, [\d.]+ kB:$/m);
    expect(stdout).toMatch(/experiments\/tiny\.yaml +1 +[\d.]+ kB$/m);
    expect(await readdir(folder('world/store/artifacts'))).toHaveLength(41);
  });

  it('keeps for a day what is there, unless told otherwise', async () => {
    const { stdout } = await sdxInProcess('gc', ...places);
    expect(stdout).toMatch(/^Removed 0, 0 B\. Kept 41/m);
    expect(stdout).toMatch(/^changed within 24 h +40 /m);
    const args = ['gc', ...places, '--older-than', '0', '--keep', '03030303', '--json'];
    const { stdout: json } = await sdxInProcess(...args);
    const report = JSON.parse(json) as {
      readonly removed: readonly object[];
      readonly kept: readonly object[];
    };
    expect(report).toMatchObject({ dryRun: false });
    expect(report.removed).toHaveLength(39);
    expect(report.kept).toContainEqual(
      expect.objectContaining({ key: '03'.repeat(16), stage: 'teacher', reasons: ['--keep 03030303'] }),
    );
    expect(await readdir(folder('world/store/artifacts'))).toHaveLength(2);
  });

  it('removes nothing where a configuration cannot be read: exit code 2', async () => {
    await writeFile(folder('world/experiments/bad.yaml'), 'name: bad\nsede: 1\n');
    const { exitCode, stdout, stderr } = await sdxInProcess('gc', ...places, '--older-than', '0');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/nothing was removed: what these need is not known\n {2}.*bad\.yaml: [^]*sede/);
    expect(await readdir(folder('world/store/artifacts'))).toHaveLength(41);
  });

  it('refuses a store that is not there, and makes none: exit code 3', async () => {
    const { exitCode, stderr } = await sdxInProcess('gc', '--store', folder('none'));
    expect(exitCode).toBe(3);
    expect(stderr).toContain('there is no store in');
    expect(await readdir(folder())).toEqual(['world']);
  });

  it('killed in the middle, it leaves whole artifacts, and the next removes the rest', async () => {
    const child = startSdx(['gc', ...places, '--older-than', '0']);
    const artifacts = folder('world/store/artifacts');
    await expect
      .poll(async () => (await readdir(artifacts)).length, { interval: 0, timeout: 60_000 })
      .toBeLessThan(41);
    child.kill('SIGKILL');
    await child;
    const store = openStore(folder('world/store'));
    for (const key of await readdir(artifacts))
      expect(await store.examine(key)).toMatchObject({ damages: [], artifact: { key } });
    const { exitCode } = await sdxInProcess('gc', ...places, '--older-than', '0');
    expect(exitCode).toBe(0);
    expect(await readdir(artifacts)).toHaveLength(1);
    expect(await readdir(folder('world/store/tmp'))).toEqual([]);
    expect(await readdir(folder('world/store/locks'))).toEqual([]);
    const { stdout } = await sdxInProcess(
      ...['run', folder('world/experiments/tiny.yaml'), '--stage', 'dataset'],
      ...['--store', folder('world/store'), '--json'],
    );
    expect(stdout).toContain('"stage-cached"');
  });
});
