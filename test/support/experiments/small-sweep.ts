// Sweeps that are small enough to run several times in a test, and real: images, training, sampling, evaluation.
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openStore } from '../../../src/store/store.ts';
import { readRunRecord } from '../../../src/runner/run-record.ts';
import { digestsBelow } from '../file-digests.ts';

const base = `name: base
description: As small as it gets.
dataset: {kind: emoji, size: 16, categories: [Animals & Nature]}
autoencoder:
  {kind: kl, channels: 32, channelMult: [1, 1], numResBlocks: 1, zChannels: 4, embedDim: 4,
   train: {steps: 4, batchSize: 4, learningRate: 1.0e-3}}
teacher:
  unet: {modelChannels: 32, channelMult: [1, 2], numResBlocks: 1, attentionResolutions: [2], numHeadChannels: 32}
  train: {steps: 4, batchSize: 4, learningRate: 1.0e-3}
students:
  sd: {modelChannels: 32, spatial: true, freq: true}
distill: {steps: 150, batchSize: 4, learningRate: 1.0e-3, checkpointEvery: 10}
sample: {steps: 4, count: 8}
evaluate: {extractor: {kind: nsfwjs, inputSize: 75}, referenceCount: 16, metrics: [spectrum]}
`;

/** Writes base.yaml and `<name>.yaml` with further keys; the path of the latter. */
export async function writeSweep(folder: string, name: string, keys: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'base.yaml'), base);
  const file = path.join(folder, `${name}.yaml`);
  await writeFile(file, `name: ${name}\nbase: base.yaml\nstudent: sd\n${keys}`);
  return file;
}

/** The last checkpoint of the student of a cell: its step; 0 where there is none. */
export async function checkpointStep(store: string, sweep: string, cell: string): Promise<number> {
  const opened = openStore(store);
  const record = await readRunRecord(opened.runFile(`${sweep}-${cell}`));
  const key = record?.nodes['distill:sd']?.key;
  if (key === undefined) return 0;
  const names = await readdir(path.join(store, 'work', key)).catch(() => []);
  return Math.max(0, ...names.map((name) => Number(/^step-(\d+)\.safetensors$/.exec(name)?.[1] ?? 0)));
}

/** sha256 of every weight file in the store, by artifact and name. */
export function weightDigests(store: string): Readonly<Record<string, string>> {
  return digestsBelow(path.join(store, 'artifacts'), (file) => file.endsWith('.safetensors'));
}
