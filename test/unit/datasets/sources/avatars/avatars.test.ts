// Avatars: what captions and classes say is what DiceBear drew, and the same request gives the same pixels.
import { createHash } from 'node:crypto';
import * as openPeeps from '@dicebear/open-peeps';
import { createAvatar } from '@dicebear/core';
import { describe, expect, it } from 'vitest';
import { datasetDigest, openDataset } from '../../../../../src/datasets/open-dataset.ts';
import { openPack, packDataset } from '../../../../../src/datasets/pack.ts';
import {
  attributeNames,
  avatarStyle,
  captionOf,
  unsaid,
  value,
} from '../../../../../src/datasets/sources/avatars/avatar-style.ts';
import type { AvatarsConfig } from '../../../../../src/datasets/sources/avatars/source.ts';
import { avatarStyles } from '../../../../../src/datasets/sources/avatars/styles/catalog.ts';
import { folderPerTest } from '../../../../support/temporary-folder.ts';

const temporary = folderPerTest();

const base: AvatarsConfig = {
  kind: 'avatars',
  style: 'open-peeps',
  count: 12,
  seed: 0,
  classBy: 'hair',
  size: 32,
  filter: 'bicubic',
};
const styles = Object.keys(avatarStyles) as (keyof typeof avatarStyles)[];

async function pixelsOf(config: AvatarsConfig): Promise<string[]> {
  const { count, read } = await openDataset(config);
  const all = await Promise.all(Array.from({ length: count }, (_, i) => read(i)));
  return all.map((pixels) => createHash('sha256').update(pixels).digest('hex'));
}

function withoutColours(svg: string): string {
  return svg.replace(/fill="#[0-9a-f]{6}"/gi, '');
}

describe('the data set', () => {
  it.each(styles)('%s: square samples with captions, classes and credits', async (style) => {
    const dataset = await openDataset({ ...base, style });
    expect((await dataset.read(11)).length).toBe(32 * 32 * 3);
    expect(dataset.classNames).toContain(dataset.label!(11));
    expect(dataset.caption!(11)).toMatch(/^a person with .+, [a-z -]+$/);
    expect(dataset.credits).toMatchObject({ licence: 'CC0 1.0', source: /^https:/ });
    const names = Array.from({ length: 12 }, (_, i) => dataset.name(i));
    expect(new Set(names).size).toBe(12);
  });

  it('gives the same samples each time, and more of them with a larger count', async () => {
    const first = await pixelsOf(base);
    expect(await pixelsOf({ ...base, count: 20 })).toEqual([
      ...first,
      ...new Array<unknown>(8).fill(expect.anything()),
    ]);
    expect(await pixelsOf({ ...base, seed: 1 })).not.toContain(first[0]);
  });

  it('has a digest that knows all that makes the samples and their classes', async () => {
    const digest = await datasetDigest(base);
    expect(digest).toBe((await openDataset(base)).digest);
    const others: Partial<AvatarsConfig>[] = [
      ...[{ style: 'lorelei' } as const, { count: 13 }, { seed: 1 }],
      ...[{ classBy: 'none' } as const, { size: 64 }, { filter: 'box' } as const],
    ];
    for (const other of others) expect(await datasetDigest({ ...base, ...other })).not.toBe(digest);
  });

  it('packs every class of the style, also those that a small selection lacks', async () => {
    const dataset = await openDataset({ ...base, count: 3 });
    await packDataset(dataset, temporary());
    const pack = await openPack(temporary());
    await pack.close();
    expect(pack.classNames).toEqual([...avatarStyles['open-peeps'].valuesOf('hair')].sort());
    expect(pack.classes!.map((index) => pack.classNames![index])).toEqual([0, 1, 2].map(dataset.label!));
    expect(await openDataset({ ...base, count: 3, classBy: 'none' })).not.toHaveProperty('label');
  });
});

describe('a style', () => {
  it.each(styles)('%s: names each value of an attribute once, without an article', (style) => {
    for (const attribute of attributeNames) {
      const values = avatarStyles[style].valuesOf(attribute);
      expect(new Set(values).size).toBe(values.length);
      expect(values.filter((name) => /^an? /.test(name))).toEqual([]);
    }
  });

  it.each(styles)('%s: draws every value, numbers near each other alike often', (style) => {
    const drawn = Array.from({ length: 600 }, (_, number) => avatarStyles[style].draw(3, number).attributes);
    for (const attribute of attributeNames)
      expect(new Set(drawn.map((attributes) => attributes[attribute].name))).toEqual(
        new Set(avatarStyles[style].valuesOf(attribute)),
      );
    const repeats = drawn.filter(({ hair }, i) => i > 0 && hair.name === drawn[i - 1]!.hair.name).length;
    const expected = 600 / avatarStyles[style].valuesOf('hair').length;
    expect(repeats).toBeGreaterThan(expected / 2);
    expect(repeats).toBeLessThan(expected * 2);
  });

  it('draws what it says, and leaves the rest to chance', () => {
    const chosen = avatarStyle<openPeeps.Options>({
      packageName: '@dicebear/open-peeps',
      style: openPeeps,
      view: [0, 0, 704],
      always: { maskProbability: 0 },
      attributes: {
        hair: [value('an afro', [{ head: ['afro'] }])],
        expression: [value('smiling', [{ face: ['smile'] }])],
        eyewear: [value('glasses', [{ accessories: ['glasses'], accessoriesProbability: 100 }])],
        facialHair: [unsaid('no facial hair', { facialHairProbability: 0 }, 1)],
      },
    });
    const shapes = withoutColours(
      createAvatar(openPeeps, {
        ...{ head: ['afro'], face: ['smile'], accessories: ['glasses'] },
        ...{ accessoriesProbability: 100, facialHairProbability: 0, maskProbability: 0 },
        ...{ seed: 'another', clip: false, size: 64 },
      }).toString(),
    );
    const drawings = Array.from({ length: 20 }, (_, number) => chosen.draw(0, number));
    for (const avatar of drawings) {
      expect(captionOf(avatar)).toBe('a person with an afro and glasses, smiling');
      expect(avatar.attributes.facialHair.name).toBe('no facial hair');
      expect(withoutColours(avatar.svg(64))).toBe(shapes);
    }
    expect(new Set(drawings.map((avatar) => avatar.svg(64))).size).toBeGreaterThan(10);
  });

  it('lists things as people do', () => {
    const { draw } = avatarStyles['open-peeps'];
    const captions = new Set(Array.from({ length: 300 }, (_, number) => captionOf(draw(0, number))));
    expect(captions).toContain('a person with a turban and glasses, sad');
    expect(
      [...captions].some((caption) => /^a person with [\w -]+, a beard and glasses, \w+$/.test(caption)),
    ).toBe(true);
    expect([...captions].some((caption) => caption.includes('no glasses'))).toBe(false);
  });
});
