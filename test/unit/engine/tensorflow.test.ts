// What the user is told when the tensorflow engine cannot start: stand-in packages in a directory of their own, with
// the messages of the real ones.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tensorflowEngine } from '../../../src/engine/tensorflow.ts';
import { UserError } from '../../../src/errors.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'sdx-tensorflow-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

function install(name: string, source: string): void {
  const folder = path.join(directory, 'node_modules', name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name, main: 'index.js' }));
  writeFileSync(path.join(folder, 'index.js'), source);
}

async function failure(): Promise<UserError> {
  const error: unknown = await tensorflowEngine(directory).catch((reason: unknown) => reason);
  if (!(error instanceof UserError)) throw new Error('the engine did not refuse', { cause: error });
  return error;
}

test('nothing installed: the exact command', async () => {
  const { code, message, hint } = await failure();
  expect(code).toBe('usage');
  expect(message).toBe('the engine tensorflow is not installed');
  expect(hint).toContain('`npm install @tensorflow/tfjs-node@4.22.0`');
  expect(hint).toContain('`npm install @tensorflow/tfjs-node-gpu@4.22.0`');
});

/** The words of tfjs-node 4.22.0 without its binary. */
const missingBinary = `throw new Error('The Node.js native addon module (tfjs_binding.node) can not be found at path: /x')`;

test('installed without its binary: says so, and how to get it', async () => {
  install('@tensorflow/tfjs-node', missingBinary);
  const { message, hint } = await failure();
  expect(message).toBe('@tensorflow/tfjs-node is installed, but its native binary is missing');
  expect(hint).toContain('`npm rebuild @tensorflow/tfjs-node`');
  expect(hint).toContain('libtensorflow');
});

test('any other failure keeps its first line', async () => {
  install('@tensorflow/tfjs-node-gpu', `throw new Error('no GPU here\\nstack of things')`);
  expect((await failure()).message).toBe(
    '@tensorflow/tfjs-node-gpu is installed, but does not load: no GPU here',
  );
});

test('another version of TF.js is refused', async () => {
  install('@tensorflow/tfjs-node', `exports.version = { 'tfjs-core': '3.0.0' }`);
  const { message, hint } = await failure();
  expect(message).toBe('@tensorflow/tfjs-node brings TF.js 3.0.0, but sdx runs TF.js 4.22.0');
  expect(hint).toContain('@tensorflow/tfjs-node@4.22.0');
});

test('a backend that is not in our registry is refused', async () => {
  install('@tensorflow/tfjs-node', `exports.version = { 'tfjs-core': '4.22.0' }`);
  expect((await failure()).message).toContain('another copy of @tensorflow/tfjs-core');
});
