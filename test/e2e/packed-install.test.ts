// The package as `npm pack` makes it, installed in an empty folder from the npm registry, runs a whole experiment there.
// Skipped where the registry is out of reach.
import { execa } from 'execa';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tinyExperiment } from '../support/experiments/family.ts';

const project = path.join(import.meta.dirname, '../..');
const registry = await execa('npm', ['ping'], { reject: false, timeout: 30_000 });

let folder: string;
const run = (command: string, ...options: string[]) => execa(command, options, { cwd: folder });

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sdx-packed-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const reason = registry.failed ? ' (skipped: no npm registry)' : '';
it.skipIf(registry.failed)(`runs an experiment from the tarball${reason}`, async () => {
  await execa('npm', ['pack', '--pack-destination', folder], { cwd: project });
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz'))!;
  // The flag as in the README: onnxruntime-node would fetch CUDA files from another host.
  await run('npm', 'install', '--no-audit', '--no-fund', '--onnxruntime-node-install=skip', tarball);
  await cp(tinyExperiment, path.join(folder, 'tiny.yaml'));
  await run('npx', '--no-install', 'sdx', 'run', 'tiny.yaml');
  const table = await readFile(path.join(folder, 'results/tiny/table.md'), 'utf8');
  expect(table).toMatch(/\| sd +\| +✓ /);
  const doctor = await run('npx', '--no-install', 'sdx', 'doctor', '--json');
  expect(doctor.stdout).toContain('onnxruntime-node');
});
