// Loads tfjs-node into this process, together with libtensorflow, which reads its settings once, while it is loaded.
import { createRequire } from 'node:module';
import process from 'node:process';
import * as tf from '@tensorflow/tfjs-core';
import type { InstalledPackage } from './find-package.ts';

/** What was loaded, and how. */
export interface Libtensorflow extends Readonly<Record<string, string>> {
  readonly libtensorflow: string;
  /** `cpu` or `gpu`. */
  readonly device: string;
  /** CPU threads of an operator; 0 is as many as it takes by itself. */
  readonly threads: string;
}

const threadsVariable = 'TF_NUM_INTRAOP_THREADS';

/** What tfjs-node asks for of TF.js. */
const union = '@tensorflow/tfjs';

/** What libtensorflow has been started with in this process. */
let startedWith: string | undefined;

/**
 * Loads the package and says what libtensorflow it has registered as `backend`; undefined where it has registered none
 * with sdx. `threads` count for the first call in a process. Throws what the package throws.
 */
export function loadPackage(
  { entry }: InstalledPackage,
  backend: string,
  threads: number,
): Libtensorflow | undefined {
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2'; // errors only: the rest is about how libtensorflow was built
  if (startedWith === undefined && threads > 0) process.env[threadsVariable] = String(threads);
  shareTfjs(entry);
  createRequire(entry)(entry);
  startedWith ??= process.env[threadsVariable] ?? '0';
  const made = tf.findBackend(backend) as tf.KernelBackend | null;
  if (made === null) return undefined;
  const onGpu = 'isUsingGpuDevice' in made && made.isUsingGpuDevice === true;
  return { libtensorflow: versionOf(made), device: onGpu ? 'gpu' : 'cpu', threads: startedWith };
}

function versionOf(backend: object): string {
  const binding = 'binding' in backend ? backend.binding : undefined;
  const known = typeof binding === 'object' && binding !== null && 'TF_Version' in binding;
  return known ? String(binding.TF_Version) : 'unknown';
}

/**
 * Gives the package sdx's copy of TF.js, wherever it has its own. TF.js keeps kernels and tensors in one place for all of
 * its copies, so either would do, but to load another takes seconds.
 */
function shareTfjs(entry: string): void {
  const [own, theirs] = [createRequire(import.meta.url), createRequire(entry)];
  own(union);
  const copy = resolved(theirs, union);
  if (copy !== undefined) theirs.cache[copy] = own.cache[own.resolve(union)];
}

function resolved(require: NodeJS.Require, name: string): string | undefined {
  try {
    return require.resolve(name);
  } catch {
    return undefined;
  }
}
