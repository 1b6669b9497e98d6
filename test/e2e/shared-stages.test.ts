// Stages that several processes share, real ones: two at once, one killed in the middle, and a plain run at the end
// give the same bytes as one undivided run.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { script } from '../support/processes/sdx.ts';
import { tinyExperiment } from '../support/experiments/family.ts';
import { digestsBelow } from '../support/file-digests.ts';
import { killedAtFile } from '../support/processes/killed-at-file.ts';

const entry = fileURLToPath(new URL('../support/processes/small-pieces.ts', import.meta.url));
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sdx-e2e-shared-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const at = (...parts: string[]): string => path.join(folder, ...parts);

function run(name: string, ...options: string[]) {
  const places = ['--store', at(name, 'store'), '--results', at(name, 'results')];
  return script(entry, ['run', tinyExperiment, ...options, ...places]);
}

/** sha256 of everything that stages wrote, by path; artifact.json tells times. */
function contents(name: string): Record<string, string> {
  return digestsBelow(at(name, 'store', 'artifacts'), (file) => !file.endsWith('artifact.json'));
}

interface Described {
  readonly kind: string;
  readonly name: string;
  readonly summary: Readonly<Record<string, unknown>>;
  readonly engine?: Readonly<Record<string, string>>;
}

/** An artifact as its manifest describes it. */
function manifestOf(name: string, node: string): Described {
  const root = at(name, 'store', 'artifacts');
  const manifests = readdirSync(root).map(
    (key) => JSON.parse(readFileSync(path.join(root, key, 'artifact.json'), 'utf8')) as Described,
  );
  return manifests.find(({ kind, name: of }) => `${kind}:${of}` === node)!;
}

/** Starts a part and kills it as soon as a file in the work folders matches. */
function killedAt(trigger: RegExp, ...options: string[]): Promise<boolean> {
  return killedAtFile(run('shared', ...options), at('shared', 'store', 'work'), trigger);
}

it('end with the bytes of an undivided run', { timeout: 300_000 }, async () => {
  const whole = await run('whole');
  expect(whole.exitCode, whole.stderr).toBe(0);

  const latents = (part: string) => ['--stage', 'latents', '--shard', part];
  const [first, second] = await Promise.all([
    run('shared', ...latents('1/3')),
    run('shared', ...latents('2/3')),
  ]);
  expect(first.exitCode, first.stderr).toBe(0);
  expect(second.exitCode, second.stderr).toBe(0);
  expect(second.stdout).toMatch(/^latents +shard 2\/3 done$/m);
  expect(await killedAt(/latents-000064-000080\.safetensors\.part$/, ...latents('3/3'))).toBe(true);
  for (const lock of readdirSync(at('shared', 'store', 'locks'))) expect(lock).toMatch(/\.latents-.*\.lock$/);
  const third = await run('shared', ...latents('3/3'));
  expect(third.exitCode, third.stderr).toBe(0);

  // Latents that nobody has published yet are gathered here, models trained by whoever comes first; two processes do
  // the same part.
  const samples = await Promise.all(
    ['1/2', '2/2', '2/2'].map((part) => run('shared', '--stage', 'sample', '--shard', part)),
  );
  for (const { exitCode, stderr } of samples) expect(exitCode, stderr).toBe(0);
  expect(existsSync(at('shared', 'results'))).toBe(false);

  const last = await run('shared');
  expect(last.exitCode, last.stderr).toBe(0);
  expect(last.stderr).toMatch(/sample:sd: goes on from its checkpoint/);
  const [gathered, alone] = [manifestOf('shared', 'sample:sd'), manifestOf('whole', 'sample:sd')];
  expect(gathered.summary).not.toHaveProperty('samplesPerSecond'); // the parts have drawn all
  expect(alone.summary).toHaveProperty('samplesPerSecond');
  expect(gathered.engine).toEqual(alone.engine);

  const expected = contents('whole');
  expect(Object.keys(expected).filter((file) => /latents-\d+-\d+\.safetensors$/.test(file))).toHaveLength(6);
  expect(contents('shared')).toEqual(expected);
  expect(readFileSync(at('shared', 'results', 'tiny', 'table.csv'))).toEqual(
    readFileSync(at('whole', 'results', 'tiny', 'table.csv')),
  );
  expect(readdirSync(at('shared', 'store', 'locks'))).toEqual([]);
  expect(readdirSync(at('shared', 'store', 'work'))).toEqual([]);
});
