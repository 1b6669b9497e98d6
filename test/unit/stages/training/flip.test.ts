// Flips in training: mirrored images are encoded behind the others, and half of what training sees is mirrored.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { selectEngine } from '../../../../src/engine/select-engine.ts';
import { uniform } from '../../../../src/rng/noise.ts';
import { latents } from '../../../../src/stages/kinds/latents/describe.ts';
import { latentsStage } from '../../../../src/stages/kinds/latents/run.ts';
import { teacher } from '../../../../src/stages/kinds/teacher/describe.ts';
import { teacherStage } from '../../../../src/stages/kinds/teacher/run.ts';
import { modelFiles } from '../../../../src/stages/networks/model-files.ts';
import { openLatents } from '../../../../src/stages/rows/latents-file.ts';
import type { Artifact } from '../../../../src/stages/stage.ts';
import { plainUnet } from '../../../support/networks/plain-unet.ts';
import { smallExperiment } from '../../../support/experiments/small-experiment.ts';
import { runStage, stageContext } from '../../../support/stages/stage-context.ts';
import { writePack } from '../../../support/stages/written-pack.ts';
import { folderPerTest } from '../../../support/temporary-folder.ts';

// Small networks are trained: on a busy machine that takes longer than unit tests may.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const temporary = folderPerTest();
const [size, count] = [8, 20];
const engine = () => selectEngine({ engine: 'onnx', device: 'cpu', threads: 1 });

/** Image `index`; a symmetric one is its own mirror image. */
function image(index: number, symmetric: boolean): Uint8Array {
  const noise = uniform(3, 'test/images', 0, index, size * size * 3);
  return Uint8Array.from(noise, (_, at) => {
    const [row, column, channel] = [Math.floor(at / 24), Math.floor((at % 24) / 3), at % 3];
    const from = symmetric ? Math.min(column, size - 1 - column) : column;
    return Math.floor(256 * noise[row * 24 + from * 3 + channel]!);
  });
}

async function encoded(name: string, symmetric: boolean, mirrored: boolean): Promise<Artifact> {
  const dataset: Artifact = { key: 'd', dir: temporary(name), summary: {} };
  const images = Array.from({ length: count }, (_, index) => image(index, symmetric));
  await writePack(dataset.dir, size, images, { parts: { train: 12, validation: 4, 'held-out': 4 } });
  const params = {
    scaleFactor: 1,
    latentShape: [3, size, size],
    ...(mirrored && { mirrored: true }),
  } as const;
  const context = await stageContext({ folder: temporary(), inputs: { dataset } }, params, { engine });
  const summary = await runStage(latents, latentsStage, context);
  return { key: 'l', dir: context.outputDir, summary: { ...summary } };
}

async function weightsAfter(artifact: Artifact): Promise<string> {
  const params = {
    unet: {
      ...plainUnet,
      imageSize: size,
      inChannels: 3,
      outChannels: 3,
      modelChannels: 32,
      attentionResolutions: [2],
      numResBlocks: 1,
      channelMult: [1],
      numHeads: 2,
    },
    latentShape: [3, size, size],
    diffusion: smallExperiment.diffusion,
    train: { ...smallExperiment.teacher.train!, steps: 3, batchSize: 4 },
  } as const;
  const context = await stageContext({ folder: temporary(), inputs: { latents: artifact } }, params, {
    engine,
  });
  await runStage(teacher, teacherStage, context);
  return (await readFile(path.join(context.outputDir, modelFiles.weights))).toString('base64');
}

describe('dataset.flip', () => {
  it('encodes training images mirrored, behind all images', async () => {
    const artifact = await encoded('images', false, true);
    expect(artifact.summary).toMatchObject({ count });
    const opened = await openLatents(artifact, 'train');
    expect([opened.count, opened.mirrored]).toEqual([12, true]);
    const [plain, mirrored] = [await opened.rows([3]), await opened.rows([3 + opened.count])];
    const turned = plain.map((_, at) => plain[at - (at % size) + (size - 1 - (at % size))]!);
    expect(mirrored).toEqual(turned);
    expect(mirrored).not.toEqual(plain);
    await opened.close();
    const heldOut = await openLatents(artifact, 'held-out');
    expect([heldOut.count, heldOut.mirrored]).toEqual([4, undefined]);
    await heldOut.close();
  });

  it('changes training where images are not symmetric, and nothing where they are', async () => {
    const after = async (symmetric: boolean, mirrored: boolean) =>
      weightsAfter(await encoded(`images-${symmetric}-${mirrored}`, symmetric, mirrored));
    expect(await after(true, true)).toBe(await after(true, false));
    expect(await after(false, true)).not.toBe(await after(false, false));
  });
});
