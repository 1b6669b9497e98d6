// The shell around the commands: help, versions, mistakes on the command line, signals, pipes.
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, it, onTestFinished } from 'vitest';
import { commands } from '../../src/cli/catalog.ts';
import { tinyExperiment } from '../support/experiments/family.ts';
import { sdxCommand } from '../support/processes/compiled.ts';
import { script, sdx } from '../support/processes/sdx.ts';
import { root } from '../support/root.ts';

describe('help', () => {
  it('lists every command', async () => {
    const { exitCode, stdout, stderr } = await sdx(['--help']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    for (const { name, help } of commands) {
      expect(stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
      expect(stdout).toContain(help);
    }
  });

  it('shows arguments, options and examples of one command', async () => {
    const { exitCode, stdout } = await sdx(['validate', '--help']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatchInlineSnapshot(`
      "Usage: sdx validate [options] <file> [more...]

      check experiments, and sweeps with all their cells; every problem is listed with
      its line

      Arguments:
        file        YAML file of an experiment or sweep
        more        further files, and changes (key.key=value) that apply to all

      Options:
        --json      print the result as JSON, and errors too
        -h, --help  print this help

      Examples:
        sdx validate experiments/*.yaml experiments/sweeps/*.yaml
        sdx validate experiments/quickstart.yaml sample.steps=100"
    `);
  });

  it('goes to stderr where no command is given', async () => {
    const { exitCode, stdout, stderr } = await sdx([]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('Usage: sdx');
  });
});

/** The files that a command line loads, as URLs. */
async function loadedBy(...args: string[]): Promise<string[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sdx-loaded-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  expect(await sdx(args, { env: { NODE_V8_COVERAGE: folder } })).toMatchObject({ exitCode: 0 });
  const reports = (await readdir(folder)).map((name) => readFile(path.join(folder, name), 'utf8'));
  return (await Promise.all(reports)).flatMap((text) =>
    (JSON.parse(text) as { result: { url: string }[] }).result.map(({ url }) => url),
  );
}

it('loads nothing heavy before a command is chosen', async () => {
  const loaded = await loadedBy('--help');
  expect(loaded.filter((url) => url.includes('/dist/cli/program.js'))).not.toEqual([]);
  const heavy =
    /node_modules\/(?!commander)|\/dist\/(?!cli|errors|printable|usual-folders|files\/system-errors|runner\/sdx-version)/;
  expect(loaded.filter((url) => heavy.test(url))).toEqual([]);
});

it('plans without what computes, decodes or compiles schemas', async () => {
  const store = path.join(tmpdir(), 'sdx-no-store');
  const loaded = await loadedBy('plan', tinyExperiment, '--store', store);
  const packages = loaded.flatMap((url) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []);
  // Compiled schemas call a few files of Ajv at run time.
  // TF.js's gradients, which the trainings that are predicted are traced with, come with all of TF.js.
  const gradients = ['', '-backend-cpu', '-backend-webgl', '-converter', '-data', '-layers'].map(
    (part) => `@tensorflow/tfjs${part}`,
  );
  expect([...new Set(packages)].sort()).toEqual(
    ['@tensorflow/tfjs-core', ...gradients, 'long', 'seedrandom', 'ajv', 'commander', 'yaml'].sort(),
  );
  expect(loaded.filter((url) => /\/ajv\/(?!dist\/runtime\/)/.test(url))).toEqual([]);
  expect(loaded.filter((url) => url.includes('/dist/config/validators/'))).toHaveLength(1);
});

it('prints the version', async () => {
  const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {
    version: string;
  };
  expect(await sdx(['--version'])).toEqual({ exitCode: 0, stdout: version, stderr: '' });
});

it.each([
  [['rnu'], "error: unknown command 'rnu'\n  hint: did you mean run?"],
  [['frobnicate'], "error: unknown command 'frobnicate'\n  hint: sdx --help lists what there is"],
  [['schema', '--outptu', 'x'], "error: unknown option '--outptu'\n  hint: did you mean --output?"],
  [['validate'], "error: missing required argument 'file'\n  hint: sdx validate --help lists what there is"],
  [
    ['run', 'x.yaml', '--threads', '-1'],
    "error: option '--threads <n>' argument '-1' is invalid. A whole number from 0 is needed.\n  hint: sdx run --help lists what there is",
  ],
  [
    ['run', 'x.yaml', '--engine', 'onx'],
    "error: option '--engine <name>' argument 'onx' is invalid. Allowed choices are onnx, tensorflow, reference.\n  hint: sdx run --help lists what there is",
  ],
])('%j is wrong usage', async (args, stderr) => {
  expect(await sdx(args)).toEqual({ exitCode: 2, stdout: '', stderr });
});

describe('signals', () => {
  const waiting = fileURLToPath(new URL('../support/processes/wait-for-signals.ts', import.meta.url));

  const start = () => {
    const child = script(waiting);
    let output = '';
    const seen = (text: string) =>
      expect.poll(() => output, { timeout: 20_000, interval: 20 }).toContain(text);
    child.stdout.on('data', (data: Buffer) => (output += data.toString()));
    child.stderr.on('data', (data: Buffer) => (output += data.toString()));
    return { child, seen };
  };

  it.each(['SIGINT', 'SIGTERM'] as const)('%s asks to stop, a second one stops at once', async (signal) => {
    const { child, seen } = start();
    await seen('ready');
    child.kill(signal);
    await seen('aborted: AbortError');
    await seen('stopping at the next step; press again to stop at once');
    child.kill(signal);
    expect((await child).exitCode).toBe(130);
  });

  it('SIGUSR2 asks to stop because of the time limit; only another signal stops at once', async () => {
    const { child, seen } = start();
    await seen('ready');
    child.kill('SIGUSR2');
    await seen('aborted: TimeLimitError');
    child.kill('SIGUSR2');
    expect(child.exitCode).toBeNull();
    child.kill('SIGTERM');
    expect((await child).exitCode).toBe(130);
  });
});

it('ends quietly when the reader of its output has gone', async () => {
  const pipe = 'set -o pipefail; "$0" "$1" schema | true';
  const { stderr, exitCode } = await execa('bash', ['-c', pipe, ...sdxCommand], { reject: false });
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
});

describe('bin/sdx.js', () => {
  it('says how to compile what is not compiled', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'sdx-bin-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await mkdir(path.join(folder, 'bin'));
    for (const file of ['package.json', 'bin/sdx.js'])
      await copyFile(path.join(root, file), path.join(folder, file));
    const { exitCode, stderr } = await execa(process.execPath, [path.join(folder, 'bin/sdx.js')], {
      reject: false,
    });
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: 'error: sdx is not compiled yet\n  hint: npm run build',
    });
  });

  /** Runs `sdx --version` where Node calls itself `version`. */
  async function onNode(version: string) {
    const versions = JSON.stringify({ ...process.versions, node: version });
    const rename = `Object.defineProperty(process, 'versions', { value: ${versions} })`;
    const imported = `data:text/javascript,${encodeURIComponent(rename)}`;
    const [node, bin] = sdxCommand;
    return execa(node, ['--import', imported, bin, '--version'], { reject: false });
  }

  it.each(['18.20.8', '20.9.0', '20.10.0'])('tells in one line that Node %s is too old', async (version) => {
    expect(await onNode(version)).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: `error: sdx needs Node 20.11 or newer; this is Node ${version}`,
    });
  });

  it.each(['20.11.0', '22.1.0', '100.0.0'])('runs on Node %s', async (version) => {
    expect(await onNode(version)).toMatchObject({ exitCode: 0, stderr: '' });
  });
});
