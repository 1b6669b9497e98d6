// A whole model as writers of exports are given it, without weights: nothing reads them before everything is checked.
import type { WholeModel } from '../../../src/export/model-forms/export-model.ts';
import type { SampleParams } from '../../../src/stages/describing/sampling-settings.ts';
import type { StoredArtifact } from '../../../src/store/store.ts';
import { noUse } from '../../../src/store/uses.ts';
import {
  autoencoderComponent,
  clipComponent,
  embedderComponent,
  unetComponent,
} from '../../../src/weights/network-components.ts';
import { plainUnet } from '../networks/plain-unet.ts';
import { fakeSummaries } from '../stages/fake-stages.ts';
import { smallExperiment } from './small-experiment.ts';

/** The artifact of a stage that only pretends. */
export function fakeArtifact(kind: keyof typeof fakeSummaries, dir = '/nowhere'): StoredArtifact {
  const summary = fakeSummaries[kind];
  const about = { kind, name: kind, stageVersion: 1, params: {}, inputs: {}, summary, seconds: 0 };
  return {
    key: kind,
    dir,
    summary,
    manifest: { ...about, schemaVersion: 2, key: kind, files: {}, created: '' },
  };
}

/** An unconditional teacher on pixels, but for `change`. */
export function wholeModel(
  change: Partial<SampleParams> = {},
  told: WholeModel['trained']['told'] = {},
): WholeModel {
  const params: SampleParams = {
    model: 'teacher',
    unet: {
      ...plainUnet,
      ...{ imageSize: 16, inChannels: 3, outChannels: 3, modelChannels: 32, numHeads: 1 },
      ...{ attentionResolutions: [2], numResBlocks: 1, channelMult: [1, 1] },
    },
    latentShape: [3, 16, 16],
    diffusion: smallExperiment.diffusion,
    sample: smallExperiment.sample,
    ...change,
  };
  const { conditioning, network } = params;
  const read = (): Promise<Float32Array> => Promise.reject(new Error('no weights are here'));
  const embedder =
    conditioning &&
    (conditioning.textEncoder?.kind === 'clip' && conditioning.network.kind === 'text'
      ? clipComponent(conditioning.network.encoder)
      : embedderComponent(conditioning.network));
  return {
    config: smallExperiment,
    trained: {
      params,
      seed: 1,
      model: fakeArtifact('teacher'),
      ...(network && { autoencoder: fakeArtifact('autoencoder') }),
      scaleFactor: 1,
      told,
      use: noUse,
    },
    weights: 'ema',
    unet: { component: unetComponent(params.unet), read },
    ...(network && { autoencoder: { component: autoencoderComponent(network), read } }),
    ...(embedder && { embedder: { component: embedder, read } }),
  };
}
