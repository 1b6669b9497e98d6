// The page around exported models, for any static server: it samples them in the browser with onnxruntime-web, whose
// files lie in the folder, and with the modules of this program that make noise, schedules and pixels.
import { copyFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Experiment } from '../../config/types.generated.ts';
import { UserError } from '../../errors.ts';
import { writeFileAtomic } from '../../files/atomic-file.ts';
import { makeFolder } from '../../files/make-folder.ts';

const page = ['index.html', 'style.css', 'main.js', 'worker.js'];

/** Compiled modules that compute in the browser what they compute here, and what they import. */
const modules = [
  'errors.js',
  'diffusion/schedule.js',
  'models/conditioner/word-tokens.js',
  'rng/noise.js',
  'rng/philox.js',
  'rng/stream-key.js',
  'stages/rows/pixels.js',
];

/** The runtime with WebGPU and WebAssembly in one. */
const runtime = [
  'ort.webgpu.min.mjs',
  'ort-wasm-simd-threaded.asyncify.mjs',
  'ort-wasm-simd-threaded.asyncify.wasm',
];
const runtimeVersion = '1.30.0';

export interface ShownModel {
  readonly name: string;
  /** Of its files, below the page's. */
  readonly folder: string;
}

export interface Page {
  readonly title: string;
  readonly models: readonly ShownModel[];
}

export type PageWriter = (output: string, page: Page) => Promise<void>;

/** Finds what pages are made of. Throws UserError('usage') where it is not installed, or models cannot be shown. */
export function openPageWriter({ conditioning }: Experiment): PageWriter {
  if (conditioning.kind === 'text' && conditioning.encoder.kind === 'clip')
    throw new UserError('usage', 'pages do not hold the vocabulary of CLIP', {
      hint: 'export it with `--form onnx`, and give it tokens',
    });
  const folders = { ort: runtimeFolder(), lib: compiledFolder() };
  return async (output, shown) => {
    const copy = async (from: string, file: string, to: string): Promise<void> => {
      await makeFolder(path.dirname(to));
      await copyFile(path.join(from, file), to);
    };
    for (const file of page)
      await copy(path.join(import.meta.dirname, 'page'), file, path.join(output, file));
    for (const file of runtime) await copy(folders.ort, file, path.join(output, 'ort', file));
    for (const file of modules) await copy(folders.lib, file, path.join(output, 'lib', file));
    await writeFileAtomic(path.join(output, 'models.json'), `${JSON.stringify(shown, null, 2)}\n`);
  };
}

function runtimeFolder(): string {
  try {
    return path.dirname(createRequire(import.meta.url).resolve('onnxruntime-web'));
  } catch {
    throw new UserError('usage', 'pages need onnxruntime-web, which is not installed', {
      hint: `npm install onnxruntime-web@${runtimeVersion}`,
    });
  }
}

/** The compiled program: this file's own tree, or dist/ beside the sources. */
function compiledFolder(): string {
  const tree = path.join(import.meta.dirname, '../..');
  const compiled = path.basename(import.meta.filename).endsWith('.js') ? tree : path.join(tree, '../dist');
  if (existsSync(path.join(compiled, modules[0]!))) return compiled;
  throw new UserError('usage', 'pages hold compiled modules of sdx, which are not there', {
    hint: 'npm run build',
  });
}
