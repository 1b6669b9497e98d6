import { mkdir, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { findResults } from '../../../src/runner/read-results.ts';
import { ablation } from '../../support/manifests/ablation-manifest.ts';
import { ffhqManifest } from '../../support/manifests/ffhq-manifest.ts';
import { folderPerTest } from '../../support/temporary-folder.ts';

const temporary = folderPerTest();

async function written(name: string, manifest: object): Promise<string> {
  await mkdir(temporary(name), { recursive: true });
  await writeFile(temporary(name, 'manifest.json'), JSON.stringify(manifest));
  return temporary();
}

it('reads results of earlier versions, which told timings', async () => {
  const timed = { ...ffhqManifest, models: ffhqManifest.models.map((m) => ({ ...m, samplesPerSecond: 3 })) };
  expect(await findResults('ffhq', await written('ffhq', timed))).toEqual({
    kind: 'experiment',
    folder: temporary('ffhq'),
    manifest: ffhqManifest,
  });
  const threaded = { ...ablation, engines: ablation.engines.map((engine) => ({ ...engine, threads: '2' })) };
  expect(await findResults('ablation', await written('ablation', threaded))).toMatchObject({
    kind: 'sweep',
    manifest: { engines: ablation.engines },
  });
});
