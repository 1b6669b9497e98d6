// A FIFO that is named like data or settings is refused at once: whoever opens one to read waits for a writer that never
// comes.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { expect, it } from 'vitest';
import { checkDataset } from '../../../src/datasets/check-dataset.ts';
import { datasetDigest } from '../../../src/datasets/open-dataset.ts';
import type { DatasetConfig } from '../../../src/datasets/open-dataset.ts';
import { openDiffusers } from '../../../src/weights/diffusers/diffusers-source.ts';
import { diffusersCases } from '../../support/networks/diffusers-cases.ts';
import { folderPerTest } from '../../support/temporary-folder.ts';

const temporary = folderPerTest();
const common = { size: 16, filter: 'bicubic', alpha: 'drop', maxCorrupt: 0 } as const;

const configs: Readonly<Record<string, () => DatasetConfig>> = {
  'x.png': () => ({ kind: 'folder', path: temporary('set'), ...common }),
  '00000.tar': () => ({ kind: 'webdataset', path: temporary('set'), captions: false, ...common }),
  'data.mdb': () => ({ kind: 'lsun-lmdb', path: temporary('set', 'data.mdb'), ...common }),
};

it.each(Object.keys(configs))('%s', { timeout: 10_000 }, async (name) => {
  mkdirSync(temporary('set'));
  execFileSync('mkfifo', [temporary('set', name)]);
  const config = configs[name]!();
  const problem = `${temporary('set', name)} is a pipe, not a file`;
  await expect(datasetDigest(config)).rejects.toMatchObject({ code: 'input', message: problem });
  const found = await checkDataset(config);
  if (name !== '00000.tar') expect(found).toMatchObject([{ problem }]); // shards are not opened at a glance
});

it.each(['config.json', 'model_index.json'])('%s of diffusers, as a pipe and as a device', async (name) => {
  const [folder, file] = [temporary('set'), temporary('set', name)];
  const refused = { code: 'input', message: expect.stringContaining(folder) as string };
  mkdirSync(folder);
  execFileSync('mkfifo', [file]);
  await expect(openDiffusers(folder, diffusersCases['unet']!)).rejects.toMatchObject(refused);
  rmSync(file);
  symlinkSync('/dev/zero', file);
  await expect(openDiffusers(folder, diffusersCases['unet']!)).rejects.toMatchObject(refused);
});
