import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { writeResults } from '../../../src/report/write-results.ts';
import { ffhqManifest } from '../../support/manifests/ffhq-manifest.ts';
import { folderPerTest } from '../../support/temporary-folder.ts';

const temporary = folderPerTest();
let folder: string;
beforeEach(() => {
  folder = temporary('results', 'ffhq');
});

const read = (name: string): Promise<string> => readFile(path.join(folder, name), 'utf8');

describe('writeResults', () => {
  const images = { 'samples-SD.png': new Uint8Array([1, 2, 3]) };

  it('writes every file, nothing beside them, the same bytes again', async () => {
    const names = await writeResults(folder, ffhqManifest, images);
    expect(names).toEqual([
      'manifest.json',
      'report.html',
      'samples-SD.png',
      'table.csv',
      'table.md',
      'table.tex',
    ]);
    expect((await readdir(folder)).sort()).toEqual(names);
    const first = await Promise.all(names.map(read));
    await writeResults(folder, ffhqManifest, images);
    expect(await Promise.all(names.map(read))).toEqual(first);
  });

  it('writes a manifest from which the report can be made again', async () => {
    await writeResults(folder, ffhqManifest, {});
    expect(JSON.parse(await read('manifest.json'))).toEqual(ffhqManifest);
  });

  it('lets no path, date or timing into the tables', async () => {
    await writeResults(folder, ffhqManifest, {});
    for (const name of ['table.md', 'table.csv', 'table.tex'])
      expect(await read(name)).not.toMatch(/\/tmp|samples\/s|\d{4}-\d{2}-\d{2}/);
  });

  it('refuses image names that lead elsewhere', async () => {
    await expect(writeResults(folder, ffhqManifest, { '../x.png': new Uint8Array() })).rejects.toThrow(
      /plain/,
    );
  });
});
