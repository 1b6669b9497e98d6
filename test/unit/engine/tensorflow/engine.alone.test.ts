// What the user is told when the tensorflow engine cannot start: stand-in packages in a directory of their own, with
// the messages of the real ones. It stands alone: another file may have loaded the real one.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { tensorflowEngine } from '../../../../src/engine/tensorflow/engine.ts';
import { findPackages, inFolder, usualPlaces } from '../../../../src/engine/tensorflow/find-package.ts';
import { UserError } from '../../../../src/errors.ts';

let directory: string;

beforeEach(() => {
  vi.stubEnv('SDX_TENSORFLOW', undefined); // tests name their places
  directory = mkdtempSync(path.join(tmpdir(), 'sdx-tensorflow-'));
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true });
});

function install(name: string, source: string, version = '4.22.0'): void {
  const folder = path.join(directory, 'node_modules', name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name, version, main: 'index.js' }));
  writeFileSync(path.join(folder, 'index.js'), source);
}

/** What the engine says that is looked for in `directory` alone: this machine may have one elsewhere. */
function failure(places = [inFolder(directory)]): UserError {
  try {
    tensorflowEngine({ places });
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('the engine did not refuse');
}

test('nothing installed: the exact command', () => {
  const { code, message, hint } = failure();
  expect(code).toBe('usage');
  expect(message).toBe('the engine tensorflow is not installed');
  // In a folder of its own: beside a checkout of sdx npm installs no optional peer.
  expect(hint).toContain('`npm install --prefix tensorflow @tensorflow/tfjs-node@4.22.0`');
  expect(hint).toContain('SDX_TENSORFLOW=tensorflow');
  expect(hint).toContain('@tensorflow/tfjs-node-gpu');
});

test('the folder that the environment names is the only place, and is named where it is empty', () => {
  vi.stubEnv('SDX_TENSORFLOW', directory);
  const places = usualPlaces();
  expect(places).toEqual([path.join(directory, 'package.json')]);
  expect(failure(places).message).toBe(
    `the engine tensorflow is not installed in ${directory}, which SDX_TENSORFLOW names`,
  );
  install('@tensorflow/tfjs-node', '');
  expect(findPackages(places)).toMatchObject([{ name: '@tensorflow/tfjs-node', version: '4.22.0' }]);
});

test('without one, beside sdx and in the working directory', () => {
  const [besideSdx, ...others] = usualPlaces();
  expect(besideSdx).toContain(path.join('src', 'engine'));
  expect(others).toEqual([path.join(process.cwd(), 'package.json')]);
});

/** The words of tfjs-node 4.22.0 without its binary. */
const missingBinary = `throw new Error('The Node.js native addon module (tfjs_binding.node) can not be found at path: /x')`;

test('installed without its binary: says so, and how to get it', () => {
  install('@tensorflow/tfjs-node', missingBinary);
  const { message, hint } = failure();
  expect(message).toBe('@tensorflow/tfjs-node is installed, but its native binary is missing');
  expect(hint).toContain('`npm rebuild @tensorflow/tfjs-node`');
  expect(hint).toContain('libtensorflow');
});

test('any other failure keeps its first line', () => {
  install('@tensorflow/tfjs-node-gpu', `throw new Error('no GPU here\\nstack of things')`);
  expect(failure().message).toBe('@tensorflow/tfjs-node-gpu is installed, but does not load: no GPU here');
});

test('another version of TF.js is refused', () => {
  install('@tensorflow/tfjs-node', `throw new Error('loaded')`, '3.0.0');
  const { message, hint } = failure();
  expect(message).toBe('@tensorflow/tfjs-node brings TF.js 3.0.0, but sdx runs TF.js 4.22.0');
  expect(hint).toContain('@tensorflow/tfjs-node@4.22.0');
});

test('a backend that is not in our registry is refused', () => {
  install('@tensorflow/tfjs-node', '');
  expect(failure().message).toContain('another copy of @tensorflow/tfjs-core');
});
