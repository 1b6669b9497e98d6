import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  autoencoderKlSpec,
  klDivergence,
  posterior,
  samplePosterior,
} from '../../../../src/models/autoencoder/autoencoder-kl.ts';
import { autoencoderVqSpec, quantise } from '../../../../src/models/autoencoder/autoencoder-vq.ts';
import { countParams } from '../../../../src/models/init-params.ts';
import { keysOf, referenceConfig, referenceKeys } from '../../../support/networks/published-configs.ts';
import { autoencoderConfigFromLdm } from '../../../support/networks/ldm-config.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

function firstStage(name: string) {
  const { ddconfig, embed_dim, n_embed } = referenceConfig(name).first_stage;
  return { ...autoencoderConfigFromLdm(ddconfig, embed_dim), codes: n_embed ?? 0 };
}

describe('public first stages', () => {
  it('VQ-f4 has 55,322,782 parameters, its decoder 32,960,771', () => {
    const specs = autoencoderVqSpec(firstStage('ffhq256'));
    expect(countParams(specs)).toBe(55322782);
    expect(countParams(specs.filter(({ name }) => name.startsWith('decoder.')))).toBe(32960771);
    expect(keysOf(specs).sort()).toEqual(referenceKeys('vq_f4').sort());
  });

  it('KL-f8 has 83,653,863', () => {
    const specs = autoencoderKlSpec(firstStage('lsun_churches256'));
    expect(countParams(specs)).toBe(83653863);
    expect(keysOf(specs).sort()).toEqual(referenceKeys('kl_f8').sort());
  });

  it('VQ-f8, with attention inside a level, has its published names', () => {
    const specs = autoencoderVqSpec(firstStage('imagenet256_cin_f8_NOT_USED'));
    expect(keysOf(specs).sort()).toEqual(referenceKeys('vq_f8').sort());
  });
});

describe('posterior', () => {
  it('clamps the log-variance and samples with the noise it is given', () => {
    const gaussian = posterior(tf.tensor([1, 100, 2, -100], [2, 2, 1, 1]));
    expect([...gaussian.logVariance.dataSync()]).toEqual([20, -30]);
    const sample = samplePosterior(gaussian, tf.tensor([0, 1], [2, 1, 1, 1])).dataSync();
    expect(sample[0]).toBe(1);
    expect(sample[1]).toBeCloseTo(2 + Math.exp(-15), 6);
  });

  it('has KL 0 for the standard normal and 2 for mean 2', () => {
    const gaussian = posterior(tf.tensor([0, 0, 2, 0], [2, 2, 1, 1]));
    expect([...klDivergence(gaussian).dataSync()]).toEqual([0, 2]);
  });
});

it('quantises to the nearest entry of the codebook', () => {
  const params = { 'quantize.embedding.weight': tf.tensor([0, 0, 1, 1, -1, 2], [3, 2]) };
  // Two pixels, channels first: (0.9, 0.8) and (-0.6, 1.4).
  const { indices, quantised } = quantise(params, tf.tensor([0.9, -0.6, 0.8, 1.4], [1, 2, 1, 2]));
  expect([...indices.dataSync()]).toEqual([1, 2]);
  expect([...quantised.dataSync()]).toEqual([1, -1, 1, 2]);
});
