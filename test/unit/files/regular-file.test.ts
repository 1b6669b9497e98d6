// Only regular files are read: everything else is refused by name and at once.
import { createServer } from 'node:net';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { readSynsetList } from '../../../src/datasets/sources/imagenet/imagenet-labels.ts';
import { readCocoCaptions } from '../../../src/datasets/sources/coco/coco-captions.ts';
import { openClipTokens } from '../../../src/stages/conditions/text-encoder.ts';
import { openSameSizeImages } from '../../../src/datasets/same-size-images.ts';
import { checkDataset } from '../../../src/datasets/check-dataset.ts';
import { datasetDigest } from '../../../src/datasets/open-dataset.ts';
import { withByteFile } from '../../../src/files/byte-file.ts';
import { checksumFile, digestPath } from '../../../src/files/checksum.ts';
import { readRegularFile } from '../../../src/files/regular-file.ts';
import { folderPerTest } from '../../support/temporary-folder.ts';

const temporary = folderPerTest();
const common = { size: 16, filter: 'bicubic', alpha: 'drop', maxCorrupt: 0 } as const;

it('reads files, through links too', async () => {
  await writeFile(temporary('file'), 'contents');
  await symlink(temporary('file'), temporary('link'));
  expect((await readRegularFile(temporary('link'))).toString()).toBe('contents');
  expect((await checksumFile(temporary('file'))).bytes).toBe(8);
});

it.each([
  ['a device', '/dev/zero'],
  ['a folder', '.'],
])('refuses %s', async (what, target) => {
  await symlink(target, temporary('x.png'));
  const refused = { code: 'input', message: `${temporary('x.png')} is ${what}, not a file` };
  await expect(readRegularFile(temporary('x.png'))).rejects.toMatchObject(refused);
  await expect(checksumFile(temporary('x.png'))).rejects.toMatchObject(refused);
  await expect(withByteFile(temporary('x.png'), () => Promise.resolve())).rejects.toMatchObject(refused);
});

it.each([
  ['a list of synsets', readSynsetList],
  ['captions of COCO', readCocoCaptions],
  ['the vocabulary of CLIP', (file: string) => openClipTokens(file, 77)],
])('%s is a regular file, or refused at once', async (_, read) => {
  await symlink('/dev/zero', temporary('config.json'));
  const refused = { code: 'input', message: `${temporary('config.json')} is a device, not a file` };
  await expect(read(temporary('config.json'))).rejects.toMatchObject(refused);
});

it('a folder of weights may hold links to files; what else is in it is refused by name', async () => {
  await mkdir(temporary('blobs'));
  for (const folder of ['snapshot', 'copied']) await mkdir(temporary(folder));
  await writeFile(temporary('blobs/1'), 'abc');
  await writeFile(temporary('copied/weights'), 'abc');
  await symlink('../blobs/1', temporary('snapshot/weights'));
  expect(await digestPath(temporary('snapshot'))).toBe(await digestPath(temporary('copied')));
  const weights = temporary('snapshot/weights');
  const cases = {
    nowhere: 'is a link to nothing',
    '../blobs': 'is a folder, not a file',
    '/dev/zero': 'is a device',
  };
  for (const [target, problem] of Object.entries(cases)) {
    await rm(weights);
    await symlink(target, weights);
    const refused = { code: 'input', message: expect.stringContaining(`${weights} ${problem}`) as string };
    await expect(digestPath(temporary('snapshot'))).rejects.toMatchObject(refused);
  }
});

it('refuses a device among images before anything is read', async () => {
  await symlink('/dev/zero', temporary('x.png'));
  const config = { kind: 'folder', path: temporary(), ...common } as const;
  const problem = `${temporary('x.png')} is a device, not a file`;
  expect(await checkDataset(config)).toMatchObject([{ key: 'dataset.path', problem }]);
  await expect(datasetDigest(config)).rejects.toThrow(problem);
  await expect(openSameSizeImages(temporary(), {})).rejects.toThrow(problem);
});

it('refuses a socket among images', async () => {
  const server = createServer();
  await new Promise<void>((ready) => server.listen(temporary('x.png'), ready));
  try {
    const found = await checkDataset({ kind: 'folder', path: temporary(), ...common });
    expect(found).toMatchObject([{ problem: `${temporary('x.png')} is a socket, not a file` }]);
  } finally {
    await new Promise((closed) => server.close(closed));
  }
});

it('refuses labels and captions that are devices', async () => {
  await mkdir(temporary('images'));
  await writeFile(temporary('images', 'ILSVRC2012_val_00000001.JPEG'), '');
  const images = { path: temporary('images'), ...common };
  expect(await checkDataset({ kind: 'imagenet', groundTruth: '/dev/zero', ...images })).toMatchObject([
    { key: 'dataset.groundTruth', problem: '/dev/zero is a device, not a file' },
  ]);
  expect(await checkDataset({ kind: 'coco', annotations: '/dev/zero', ...images })).toMatchObject([
    { key: 'dataset.annotations', problem: '/dev/zero is a device, not a file' },
  ]);
});
