// Whole models as diffusers pipelines: the loaders of diffusers and huggingface_hub take the folders without a network,
// and from the same noise come the images of `sdx sample`. Needs Python with diffusers, transformers and torch:
// SDX_PYTHON names the interpreter, SDX_REQUIRE_PEERS=1 makes their absence fail.
import { execa } from 'execa';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { wordTokens } from '../../src/models/conditioner/word-tokens.ts';
import { readSafetensors } from '../../src/weights/safetensors/safetensors.ts';
import { folderPerFile } from '../support/temporary-folder.ts';
import { clipModels, exportClipModel } from './exported-clip-model.ts';
import { exportedModels, exportModelOf, filesOf } from './exported-models.ts';
import { python, whyNoPeers } from './python-peers.ts';

const peers = path.join(import.meta.dirname, 'pipeline_peers.py');
const missing = await whyNoPeers(['torch', 'diffusers', 'transformers', 'huggingface_hub']);
const title =
  missing === undefined ? 'in diffusers' : `skipped, ${python} has no torch, diffusers and transformers`;
const clipNames = Object.keys(clipModels) as (keyof typeof clipModels)[];
const names = [...Object.keys(exportedModels), ...clipNames];

describe.skipIf(missing !== undefined)(title, () => {
  const at = folderPerFile();
  const offline = { HF_HOME: at('hf'), HF_HUB_OFFLINE: '1' };

  beforeAll(async () => {
    const jobs = [];
    for (const [name, model] of Object.entries(exportedModels))
      jobs.push(await exportModelOf(at(), name, model));
    for (const name of clipNames) jobs.push(await exportClipModel(at(), name));
    await writeFile(at('jobs.json'), JSON.stringify(jobs));
    await execa(python, [peers, 'sample', at('jobs.json')], { env: offline });
  }, 1_200_000);

  it.each(names)('%s: the images of `sdx sample`', async (name) => {
    const ours = await readFile(filesOf(at(), name).images);
    const theirs = (await readSafetensors(filesOf(at(), name).theirs)).tensors['images']!.data;
    expect(theirs).toHaveLength(ours.length);
    const worst = ours.reduce((most, pixel, i) => Math.max(most, Math.abs(pixel - 255 * theirs[i]!)), 0);
    expect(worst).toBeLessThanOrEqual(1);
    // Images that are black and white would be the same whatever the model is.
    expect(ours.filter((pixel) => pixel > 0 && pixel < 255).length / ours.length).toBeGreaterThan(0.5);
  });

  it.each(names)('%s: the Python of the card makes an image', async (name) => {
    const { width, height } = await sharp(path.join(filesOf(at(), name).folder, 'image.png')).metadata();
    expect({ width, height }).toEqual({ width: 16, height: 16 });
  });

  it('captions have the same ids there', async () => {
    const captions = [
      '',
      'a Smiling FACE',
      "don't stop_now 3½ ①②",
      'Ärger, ÉTÉ и СНЕГ 雪だるま',
      'a b c d e f g',
    ];
    const { folder } = filesOf(at(), 'teacher of captions with guidance on pixels, v-prediction');
    const asked = captions.map((caption) => ({ caption, length: 5, vocabulary: 50, folder }));
    const { stdout } = await execa(python, [peers, 'words'], { input: JSON.stringify(asked) });
    expect(stdout.split('\n').map((line) => JSON.parse(line) as unknown)).toEqual(
      captions.map((caption) => wordTokens(caption, 5, 50)),
    );
  });
});
