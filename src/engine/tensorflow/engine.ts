// The tensorflow engine: the same functions run eagerly on libtensorflow, by @tensorflow/tfjs-node-gpu or
// @tensorflow/tfjs-node, which the user installs (find-package.ts).
import * as tf from '@tensorflow/tfjs-core';
import { UserError } from '../../errors.ts';
import { eagerEngine, silenceBanner } from '../eager.ts';
import type { Engine } from '../engine.ts';
import { wrapConvKernels } from './channels-last-conv.ts';
import {
  findPackages,
  folderVariable,
  namedFolder,
  usualPlaces,
  type InstalledPackage,
  type TensorflowPackage,
} from './find-package.ts';
import { loadPackage, type Libtensorflow } from './load-package.ts';
import { wrapPoolKernels } from './padded-pools.ts';

const backendName = 'tensorflow';
const otherEngine = 'or choose the engine onnx, which needs no installation';

export interface TensorflowOptions {
  /** CPU threads of an operator; 0 is as many as libtensorflow takes. The first engine of a process decides. */
  readonly threads?: number;
  /** Where to look for the package: see find-package.ts. */
  readonly places?: readonly string[];
}

/**
 * Makes the engine from an installed package. Throws UserError('usage') where none is installed, its native binary is
 * missing, or it is of another version of TF.js.
 */
export function tensorflowEngine({ threads = 0, places = usualPlaces() }: TensorflowOptions = {}): Engine {
  silenceBanner();
  const failures: UserError[] = [];
  for (const found of findPackages(places)) {
    try {
      return load(found, threads);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      failures.push(error);
    }
  }
  throw failures[0] ?? notInstalled();
}

function notInstalled(): UserError {
  const named = namedFolder();
  const where = named === undefined ? '' : ` in ${named}, which ${folderVariable} names`;
  return new UserError('usage', `the engine tensorflow is not installed${where}`, {
    hint: `${installation('@tensorflow/tfjs-node')} (with an NVIDIA GPU @tensorflow/tfjs-node-gpu; docs/gpu.md says how without its downloads), ${otherEngine}`,
  });
}

/** What to do, the same in a checkout of sdx as beside an installed one: npm installs no optional peer of a checkout. */
function installation(name: TensorflowPackage): string {
  return `run \`npm install --prefix tensorflow ${name}@${tf.version_core}\` and set ${folderVariable}=tensorflow`;
}

function load(found: InstalledPackage, threads: number): Engine {
  const { name, version } = found;
  if (version !== tf.version_core)
    throw new UserError('usage', `${name} brings TF.js ${version}, but sdx runs TF.js ${tf.version_core}`, {
      hint: `${installation(name)}, ${otherEngine}`,
    });
  const libtensorflow = loaded(found, threads);
  if (libtensorflow === undefined)
    throw new UserError(
      'usage',
      `${name} registered its backend with another copy of @tensorflow/tfjs-core`,
      { hint: `${installation(name)}, ${otherEngine}` },
    );
  wrapConvKernels(backendName);
  wrapPoolKernels(backendName);
  return eagerEngine('tensorflow', backendName, { package: name, [name]: version, ...libtensorflow });
}

function loaded(found: InstalledPackage, threads: number): Libtensorflow | undefined {
  try {
    return loadPackage(found, backendName, threads);
  } catch (error) {
    throw new UserError('usage', loadFailure(found.name, error), {
      hint: `its install script downloads libtensorflow: where that host can be reached, run \`npm rebuild ${found.name}\` in its folder (not with ignore-scripts); elsewhere docs/gpu.md says how to build it; ${otherEngine}`,
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
