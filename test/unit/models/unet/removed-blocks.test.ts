import { describe, expect, it } from 'vitest';
import { countParams } from '../../../../src/models/init-params.ts';
import { weightsInPart } from '../../../../src/models/unet/inherited-weights.ts';
import { blocksMisfit, withoutBlocks } from '../../../../src/models/unet/removed-blocks.ts';
import type { UNetConfig } from '../../../../src/models/unet/unet-config.ts';
import { unetTaps } from '../../../../src/models/unet/unet-plan.ts';
import { unetSpec } from '../../../../src/models/unet/unet.ts';
import { plainUnet } from '../../../support/networks/plain-unet.ts';

/** The UNet of Stable Diffusion 1.4. */
const stableDiffusion: UNetConfig = {
  ...plainUnet,
  imageSize: 64,
  inChannels: 4,
  outChannels: 4,
  modelChannels: 320,
  channelMult: [1, 2, 4, 4],
  numResBlocks: 2,
  attentionResolutions: [1, 2, 4],
  numHeads: 8,
  spatialTransformer: { depth: 1, contextDim: 768 },
};

/** Small, with blocks and attention enough to tell their places apart. */
const small: UNetConfig = {
  ...stableDiffusion,
  imageSize: 16,
  modelChannels: 32,
  channelMult: [1, 2, 2],
  attentionResolutions: [2],
  numHeads: 1,
  spatialTransformer: undefined,
};

describe('withoutBlocks', () => {
  it.each([
    ['base', 579_384_964],
    ['small', 482_346_884],
    ['tiny', 323_384_964],
  ] as const)("gives Stable Diffusion the size of BK-SDM's %s", (kept, params) => {
    expect(countParams(unetSpec(stableDiffusion))).toBe(859_520_964);
    expect(countParams(unetSpec(withoutBlocks(stableDiffusion, kept)))).toBe(params);
  });

  it('keeps the ends of the levels that are left, to compare features at', () => {
    const names = (config: UNetConfig) => unetTaps(config).map(({ name }) => name);
    expect(names(withoutBlocks(small, 'base'))).toEqual(names(small));
    expect(names(withoutBlocks(small, 'tiny'))).toEqual(['down.0', 'down.1', 'up.1', 'up.0']);
  });
});

describe('blocksMisfit', () => {
  it('refuses rules that the network has no blocks for', () => {
    expect(blocksMisfit(small, 'base')).toBeUndefined();
    expect(blocksMisfit({ ...small, numResBlocks: 1 }, 'base')).toMatch(/numResBlocks is 1/);
    expect(blocksMisfit({ ...small, numResBlocks: 1 }, 'small')).toBeUndefined();
    expect(blocksMisfit(small, 'tiny')).toBeUndefined();
    expect(blocksMisfit({ ...small, channelMult: [1, 2] }, 'tiny')).toMatch(/ends in 1, 2/);
    expect(blocksMisfit({ ...small, channelMult: [1] }, 'tiny')).toMatch(/only one/);
  });
});

describe('weightsInPart', () => {
  /** For a weight of the part, the weight of the whole network that it is. */
  const origins = (kept: 'base' | 'small' | 'tiny') =>
    weightsInPart(
      small,
      withoutBlocks(small, kept),
      Object.fromEntries(unetSpec(small).map(({ name }) => [name, name])),
    );

  it('takes the first block of each level down, and the first and the last up', () => {
    const found = origins('base');
    // Down: in; 2 blocks and resampling at each of two levels; 2 blocks. Up: 3 blocks at each of three levels.
    const down = { 0: 0, 1: 1, 2: 3, 3: 4, 4: 6, 5: 7 };
    const up = { 0: 0, 1: 2, 2: 3, 3: 5, 4: 6, 5: 8 };
    const blockOf = (path: string, name: string) =>
      Number(new RegExp(`^${path}\\.(\\d+)\\.`).exec(name)?.[1]);
    for (const [path, expected] of Object.entries({ input_blocks: down, output_blocks: up })) {
      const pairs = Object.entries(found).filter(([name]) => name.startsWith(`${path}.`));
      const blocks = pairs.map(([mine, theirs]) => [blockOf(path, mine), blockOf(path, theirs)]);
      expect(Object.fromEntries(blocks)).toEqual(expected);
      for (const [mine, theirs] of pairs)
        expect(mine.replace(/^\w+\.\d+/, '')).toBe(theirs.replace(/^\w+\.\d+/, ''));
    }
    for (const name of ['time_embed.0.weight', 'middle_block.1.qkv.weight', 'out.2.bias'])
      expect(found[name]).toBe(name);
  });

  it('has a weight for all of the part, and none of what it lacks', () => {
    for (const kept of ['base', 'small', 'tiny'] as const) {
      const spec = unetSpec(withoutBlocks(small, kept)).map(({ name }) => name);
      expect(Object.keys(origins(kept))).toEqual(spec);
    }
    expect(Object.keys(origins('small')).filter((name) => name.startsWith('middle'))).toEqual([]);
  });

  it('refuses networks of other widths', () => {
    expect(() => weightsInPart({ ...small, modelChannels: 64 }, small, {})).toThrow(/nothing in place of/);
  });
});
