// Experiment files in a folder of their own, and the problems found in them with that folder left out.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { loadExperiment } from '../../../src/config/load.ts';
import { ExperimentError } from '../../../src/config/problem.ts';

/** The smallest valid experiment; line 1 is `name`. */
export const minimal = `name: tiny
dataset: {kind: emoji, size: 32}
autoencoder: {kind: none}
teacher:
  unet: {modelChannels: 64, channelMult: [1, 2], attentionResolutions: [2], numHeads: 4}
  train: {steps: 2, batchSize: 2, learningRate: 1e-3}
students:
  sd: {modelChannels: 32, waveletGating: true, spatial: true, freq: true}
distill: {steps: 2, batchSize: 2, learningRate: 1e-3}
sample: {setAlphaToOne: true}
`;

/** A folder, removed after the test, with these files. */
export async function folderWith(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sdx-config-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) await writeFile(path.join(folder, name), content);
  return folder;
}

/** The lines of the error that loading `main` of `files` raises. */
export async function problemsOf(
  files: Readonly<Record<string, string | Uint8Array>> & { readonly 'main.yaml': string | Uint8Array },
  ...overrides: string[]
): Promise<string[]> {
  const folder = await folderWith(files);
  try {
    await loadExperiment(path.join(folder, 'main.yaml'), overrides);
  } catch (error) {
    if (!(error instanceof ExperimentError)) throw error;
    const [, ...lines] = error.message.replaceAll(`${folder}${path.sep}`, '').split('\n');
    return lines.map((line) => line.trim());
  }
  return [];
}
