import { mkdir, writeFile } from 'node:fs/promises';
import { beforeAll, expect, it } from 'vitest';
import { sdxInProcess } from '../../support/processes/in-process.ts';
import { folderPerFile } from '../../support/temporary-folder.ts';

const dir = folderPerFile();
beforeAll(async () => {
  for (const folder of ['images', 'mixed', 'empty']) await mkdir(dir(folder));
  for (const file of [
    'images/000000.png',
    'images/b.JPG',
    'images/.DS_Store',
    'mixed/a.png',
    'mixed/notes.txt',
  ])
    await writeFile(dir(file), '');
});

const exported = (output: string) => sdxInProcess('export', dir('nothing.yaml'), 'sd', '--output', output);

it.each(['images', 'images/sd.safetensors', 'images/sd'])('weights do not go to %s', async (output) => {
  const { exitCode, stderr } = await exported(dir(output));
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/images is a folder of images, and weights do not belong there/);
});

it.each(['mixed', 'mixed/sd.safetensors', 'empty', 'new/sd.safetensors'])(
  'they may go to %s',
  async (output) => {
    expect((await exported(dir(output))).stderr).toMatch(/nothing\.yaml/); // which is missing
  },
);
