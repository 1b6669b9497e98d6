// Costs of the networks besides the UNets (traced-cost.test.ts), where they are published.
import { expect, it } from 'vitest';
import type { AutoencoderConfig } from '../../../../src/models/autoencoder/autoencoder-config.ts';
import { tracingCostModel } from '../../../../src/stages/networks/cost-model.ts';

const vqF4: AutoencoderConfig = {
  doubleZ: false,
  zChannels: 3,
  resolution: 256,
  inChannels: 3,
  outChannels: 3,
  channels: 128,
  channelMult: [1, 2, 4],
  numResBlocks: 2,
  attnResolutions: [],
  embedDim: 3,
  codes: 8192,
};
const costs = tracingCostModel();

it('VQ-f4: parameters of the whole, multiply-adds of each half', () => {
  const [encoder, decoder] = [costs.encoder(vqF4), costs.decoder(vqF4)];
  expect(encoder.params).toBe(55_322_782);
  expect(decoder.params).toBe(encoder.params);
  expect(decoder.macs).toBeGreaterThan(1.5 * encoder.macs); // one residual block more per level
  // The middle's attention alone: q k^T and its product with v, 4096 x 4096 x 512 each.
  expect(encoder.attentionMacs).toBe(2 * 4096 * 4096 * 512);
});

it('Inception-v3 at 299 pixels: the known 5.7 billion', () => {
  const { macs } = costs.extractor({ kind: 'nsfwjs', inputSize: 299 });
  expect(macs / 1e9).toBeCloseTo(5.7, 1);
});

it('a class table costs its rows and no products', () => {
  const cost = costs.conditioner({ kind: 'class', classes: 1000, width: 512 });
  expect(cost).toEqual({ params: 1001 * 512, macs: 0, attentionMacs: 0, activationBytes: 512 * 4 + 4 }); // the row, and the id as an index
});

it('each network is traced once', () => {
  expect(costs.encoder({ ...vqF4 })).toBe(costs.encoder(vqF4));
});
