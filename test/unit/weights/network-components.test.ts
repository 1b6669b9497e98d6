// Parts of a model in checkpoints of latent-diffusion and in folders of diffusers.
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { HostTensors } from '../../../src/engine/engine.ts';
import type { ConditionerConfig } from '../../../src/models/conditioner/conditioner-config.ts';
import type { UNetConfig } from '../../../src/models/unet/unet-config.ts';
import { randomParams } from '../../../src/stages/training/random-params.ts';
import { writeDiffusers } from '../../../src/weights/diffusers/diffusers-writer.ts';
import { emaName } from '../../../src/weights/ema-name.ts';
import { loadComponent } from '../../../src/weights/load-component.ts';
import {
  embedderComponent,
  unetComponent,
  withPrefix,
  type NetworkComponent,
} from '../../../src/weights/network-components.ts';
import { writeSafetensors } from '../../../src/weights/safetensors/safetensors.ts';
import { plainUnet } from '../../support/networks/plain-unet.ts';
import { folderPerTest } from '../../support/temporary-folder.ts';

const temporary = folderPerTest();

const text: Extract<ConditionerConfig, { kind: 'text' }> = {
  kind: 'text',
  encoder: {
    vocabSize: 16,
    positions: 4,
    width: 8,
    heads: 2,
    layers: 1,
    hiddenWidth: 16,
    activation: 'quick_gelu',
  },
  emptyCaption: [0, 0, 0, 0],
};
const network: UNetConfig = {
  ...plainUnet,
  imageSize: 4,
  inChannels: 3,
  outChannels: 3,
  modelChannels: 32,
  attentionResolutions: [1],
  numResBlocks: 1,
  channelMult: [1],
  numHeads: 2,
  spatialTransformer: { depth: 1, contextDim: 8 },
};
const [unet, embedder] = [unetComponent(network), embedderComponent(text)];

/** The component's weights as a checkpoint names them. */
function inCheckpoint({ prefix }: NetworkComponent, weights: HostTensors): HostTensors {
  return Object.fromEntries(Object.entries(weights).map(([name, tensor]) => [prefix + name, tensor]));
}

describe('a checkpoint', () => {
  it('gives the average of what is averaged, and of an embedder the weights', async () => {
    const file = temporary('model.safetensors');
    const [raw, average, words] = [
      randomParams(unet.specs, 1),
      randomParams(unet.specs, 2),
      randomParams(embedder.specs, 3),
    ];
    const averages = Object.entries(average).map(([name, tensor]) => [emaName(unet.prefix + name), tensor]);
    await writeSafetensors(file, {
      ...inCheckpoint(unet, raw),
      ...(Object.fromEntries(averages) as HostTensors),
      ...inCheckpoint(embedder, words),
    });
    expect(await loadComponent(unet, file, 'prefer')).toEqual(average);
    expect(await loadComponent(unet, file, 'never')).toEqual(raw);
    expect(await loadComponent(embedder, file, 'require')).toEqual(words);
  });

  it('may start its names otherwise', async () => {
    const [file, weights] = [temporary('model.safetensors'), randomParams(unet.specs, 1)];
    const component = withPrefix(unet, { prefix: 'net.' });
    await writeSafetensors(file, inCheckpoint(component, weights));
    expect(await loadComponent(component, file, 'prefer')).toEqual(weights);
    await expect(loadComponent(withPrefix(unet, {}), file, 'prefer')).rejects.toThrow(/missing/);
  });
});

it('finds the text encoder of a model in a diffusers folder, as export writes it', async () => {
  const folder = temporary('pipeline');
  const weights = { ...randomParams(unet.specs, 1), ...randomParams(embedder.specs, 2) };
  const read = (name: string) => Promise.resolve(weights[name]!.data as Float32Array);
  await writeDiffusers(folder, unet.diffusers!, read);
  await writeDiffusers(path.join(folder, 'text_encoder'), embedder.diffusers!, read);
  expect({
    ...(await loadComponent(unet, folder, 'prefer')),
    ...(await loadComponent(embedder, folder, 'prefer')),
  }).toEqual(weights);
});
