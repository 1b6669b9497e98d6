// Sweeps that are small enough to run several times in a test, and real: images, training, sampling, evaluation.
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openStore } from '../../../src/store/store.ts';
import { readRunRecord } from '../../../src/runner/run-record.ts';
import { digestsBelow } from '../file-digests.ts';
import { writeVariation } from './family.ts';

const short = { steps: 4, checkpointEvery: null, logEvery: null };

const base = {
  name: 'base',
  description: 'As small as it gets.',
  seed: null,
  threads: null,
  dataset: { categories: ['Animals & Nature'] },
  autoencoder: { zChannels: 4, embedDim: 4, train: short },
  teacher: { unet: { channelMult: [1, 2], numHeads: null, numHeadChannels: 32 }, train: short },
  students: { lite: null, sd: { waveletGating: null } },
  distill: { steps: 150, checkpointEvery: 10, logEvery: null },
  sample: { steps: 4, batchSize: null },
  evaluate: { referenceCount: 16, metrics: ['spectrum'], batchSize: null },
};

/** Writes base.yaml and `<name>.yaml` with further keys; the path of the latter. */
export async function writeSweep(folder: string, name: string, keys: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeVariation(folder, 'base', base);
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
