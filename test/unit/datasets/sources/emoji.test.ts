// The embedded data set, decoded in full: a missing or broken file in the package would show here.
import { createHash } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { datasetDigest, openDataset } from '../../../../src/datasets/open-dataset.ts';
import type { EmojiConfig } from '../../../../src/datasets/sources/emoji.ts';

// One test decodes a whole sheet of thousands of images: on a busy machine that takes longer than unit tests may.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const base: EmojiConfig = { kind: 'emoji', size: 64, filter: 'bicubic', skinTones: false };

describe('emoji data set', () => {
  it('decodes all 3,786 images, skin tones included', async () => {
    const dataset = await openDataset({ ...base, skinTones: true });
    expect(dataset.count).toBe(3786);
    expect(new Set(Array.from({ length: dataset.count }, (_, i) => dataset.name(i))).size).toBe(3786);
    const whole = createHash('sha256');
    let transparentKept = 0;
    for (let start = 0; start < dataset.count; start += 64) {
      const indices = Array.from({ length: Math.min(64, dataset.count - start) }, (_, i) => start + i);
      for (const pixels of await Promise.all(indices.map((i) => dataset.read(i)))) {
        expect(pixels.length).toBe(64 * 64 * 3);
        whole.update(pixels);
        if (pixels[0] === 0 && pixels[1] === 0 && pixels[2] === 0) transparentKept++;
      }
    }
    expect(transparentKept).toBe(0); // corners are transparent, hence white and never black
    expect(whole.digest('hex')).toMatchInlineSnapshot(
      `"02e80ceb8023079f7bf9f6f41bd1ad574f62f840065e7aba0196f7ee29234162"`,
    );
  });

  it('orders by sort_order, names and classes from emoji.json', async () => {
    const dataset = await openDataset({ ...base, categories: ['Smileys & Emotion'] });
    expect(dataset.count).toBe(169);
    expect([dataset.name(0), dataset.label!(0), dataset.caption!(0)]).toEqual([
      '1f600.png',
      'Smileys & Emotion',
      'grinning face',
    ]);
  });

  it('spells out skin tones', async () => {
    const dataset = await openDataset({ ...base, categories: ['People & Body'], skinTones: true });
    const captions = Array.from({ length: dataset.count }, (_, i) => dataset.caption!(i));
    expect(captions[1]).toBe('waving hand sign, light skin tone');
    expect(captions.some((caption) => /1f3f/i.test(caption))).toBe(false);
  });

  it('makes smaller samples with the same content', async () => {
    const dataset = await openDataset({ ...base, size: 32, filter: 'box', categories: ['Flags'] });
    expect((await dataset.read(3)).length).toBe(32 * 32 * 3);
  });

  it('gives a digest that knows selection and preprocessing, and nothing else', async () => {
    const flags: EmojiConfig = { ...base, categories: ['Flags'] };
    const digest = await datasetDigest(flags);
    expect(digest).toBe((await openDataset(flags)).digest);
    expect(await datasetDigest({ ...flags, skinTones: true })).toBe(digest); // flags have no skin tones
    const others: EmojiConfig[] = [
      { ...flags, size: 32 },
      { ...flags, filter: 'box' },
      { ...flags, categories: ['Objects'] },
    ];
    for (const other of others) expect(await datasetDigest(other)).not.toBe(digest);
  });

  it('refuses unknown categories and lists the known ones', async () => {
    await expect(openDataset({ ...base, categories: ['Smileys'] })).rejects.toMatchObject({
      code: 'usage',
      message: 'unknown emoji categories: Smileys',
      hint: expect.stringContaining('Smileys & Emotion') as string,
    });
  });
});
