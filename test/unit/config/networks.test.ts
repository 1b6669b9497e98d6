import { describe, expect, it } from 'vitest';
import { loadExperiment } from '../../../src/config/load.ts';
import { networksOf } from '../../../src/config/networks.ts';

const smileys = (...overrides: string[]) => loadExperiment('experiments/smileys.yaml', overrides);

describe('networksOf', () => {
  it('derives sizes through the autoencoder', async () => {
    const sizes = [
      'dataset.size=64',
      'autoencoder.channelMult=[1, 2, 2]',
      'teacher.unet.channelMult=[1, 2, 2]',
      'teacher.unet.normGroups=8',
    ];
    const { autoencoder, latentShape, teacher } = networksOf((await smileys(...sizes)).config);
    expect(latentShape).toEqual([4, 16, 16]);
    expect(autoencoder).toEqual({
      doubleZ: true,
      zChannels: 4,
      resolution: 64,
      inChannels: 3,
      outChannels: 3,
      channels: 32,
      channelMult: [1, 2, 2],
      numResBlocks: 1,
      attnResolutions: [],
      embedDim: 4,
    });
    expect(teacher).toEqual({
      imageSize: 16,
      inChannels: 4,
      outChannels: 4,
      modelChannels: 64,
      attentionResolutions: [2, 4],
      numResBlocks: 1,
      channelMult: [1, 2, 2],
      numHeadChannels: 32,
      normGroups: 8,
      useScaleShiftNorm: false,
      resblockUpdown: false,
      spatialTransformer: undefined,
      legacy: true,
      waveletGating: false,
      waveletFusion: 'conv',
    });
  });

  it('makes students of the teacher', async () => {
    const { teacher, students } = networksOf((await smileys('students.sd.waveletFusion=sum')).config);
    expect(students).toEqual({
      lite: { ...teacher, modelChannels: 32 },
      sd: { ...teacher, modelChannels: 32, waveletGating: true, waveletFusion: 'sum' },
    });
  });

  it('works on pixels without an autoencoder', async () => {
    const { autoencoder, latentShape, teacher } = networksOf(
      (await smileys('autoencoder={kind: none}', 'dataset.size=64')).config,
    );
    expect(autoencoder).toBeUndefined();
    expect(latentShape).toEqual([3, 64, 64]);
    expect(teacher).toMatchObject({ imageSize: 64, inChannels: 3, outChannels: 3 });
  });

  it('refuses sizes that do not fit', async () => {
    const { config } = await smileys();
    expect(() => networksOf({ ...config, dataset: { ...config.dataset, size: 62 } })).toThrow(
      'images of 62 pixels cannot be reduced 4 times',
    );
    expect(() => networksOf({ ...config, dataset: { ...config.dataset, size: 24 } })).toThrow(
      'imageSize 6 is not a multiple of 4',
    );
  });
});
