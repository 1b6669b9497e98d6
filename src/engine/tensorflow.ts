// The tensorflow engine: the same functions run eagerly on libtensorflow, by @tensorflow/tfjs-node-gpu or
// @tensorflow/tfjs-node, which the user installs: their install scripts download libtensorflow, so sdx does not
// depend on them.
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { UserError } from '../errors.ts';
import { wrapConvKernels } from './channels-last-conv.ts';
import type { Engine } from './engine.ts';
import { eagerEngine, silenceBanner } from './eager.ts';

/** In order of preference; both register the backend `tensorflow`. */
export const tensorflowPackages = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

type TensorflowPackage = (typeof tensorflowPackages)[number];

const backendName = 'tensorflow';
const otherEngine = 'or choose the engine onnx, which needs no installation';

/**
 * Makes the engine from the package installed beside sdx or in `directory`. Throws UserError('usage') where none is
 * installed, its native binary is missing, or it brings another version of TF.js.
 */
export async function tensorflowEngine(directory: string = process.cwd()): Promise<Engine> {
  silenceBanner();
  const found = tensorflowPackages.flatMap((name) => {
    const entry = resolvePackage(name, directory);
    return entry === undefined ? [] : [{ name, entry }];
  });
  const failures: UserError[] = [];
  for (const { name, entry } of found) {
    try {
      return await load(name, entry);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      failures.push(error);
    }
  }
  throw (
    failures[0] ??
    new UserError('usage', 'the engine tensorflow is not installed', {
      hint: `run \`${installCommand('@tensorflow/tfjs-node')}\` (with an NVIDIA GPU: \`${installCommand('@tensorflow/tfjs-node-gpu')}\`), ${otherEngine}`,
    })
  );
}

function installCommand(name: TensorflowPackage): string {
  return `npm install ${name}@${tf.version_core}`;
}

/** Path of the package's entry: sdx's own node_modules first, then the user's directory. */
function resolvePackage(name: TensorflowPackage, directory: string): string | undefined {
  for (const base of [import.meta.url, path.join(directory, 'package.json')]) {
    try {
      return createRequire(base).resolve(name);
    } catch {
      // not here
    }
  }
  return undefined;
}

async function load(name: TensorflowPackage, entry: string): Promise<Engine> {
  const version = await importVersion(name, entry);
  const core = version['tfjs-core'] ?? 'unknown';
  if (core !== tf.version_core)
    throw new UserError('usage', `${name} brings TF.js ${core}, but sdx runs TF.js ${tf.version_core}`, {
      hint: `run \`${installCommand(name)}\`, ${otherEngine}`,
    });
  if (tf.findBackendFactory(backendName) === (null as unknown))
    throw new UserError(
      'usage',
      `${name} registered its backend with another copy of @tensorflow/tfjs-core`,
      {
        hint: `install it beside sdx, so that they share one copy (\`npm ls @tensorflow/tfjs-core\` shows all), ${otherEngine}`,
      },
    );
  wrapConvKernels(backendName);
  return eagerEngine('tensorflow', backendName, { package: name, ...version });
}

async function importVersion(name: TensorflowPackage, entry: string): Promise<Record<string, string>> {
  try {
    const module = (await import(pathToFileURL(entry).href)) as { version?: Record<string, string> };
    return module.version ?? {};
  } catch (error) {
    throw new UserError('usage', loadFailure(name, error), {
      hint: `its install script downloads libtensorflow: where that host can be reached, run \`npm rebuild ${name}\` (not with ignore-scripts), ${otherEngine}`,
      cause: error,
    });
  }
}

function loadFailure(name: TensorflowPackage, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (message.includes('tfjs_binding.node') || message.includes('libtensorflow'))
    return `${name} is installed, but its native binary is missing`;
  return `${name} is installed, but does not load: ${message.split('\n')[0] ?? ''}`;
}
