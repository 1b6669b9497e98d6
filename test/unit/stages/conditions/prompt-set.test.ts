// The captions that a zero-shot protocol samples for: which, how many, and that none comes twice.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wordTokens } from '../../../../src/models/conditioner/word-tokens.ts';
import { openConditions } from '../../../../src/stages/conditions/conditions.ts';
import { promptSet } from '../../../../src/stages/conditions/prompt-set.ts';
import { folderPerTest } from '../../../support/temporary-folder.ts';
import { writePack } from '../../../support/stages/written-pack.ts';

const captions = Array.from({ length: 50 }, (_, image) =>
  Array.from({ length: 1 + (image % 5) }, (_unused, i) => `caption ${i} of ${image}`),
);

describe('promptSet', () => {
  it('is fixed by the seed, and fewer prompts are the first of more', () => {
    const draw = (count: number, seed: number) => promptSet(captions, { count, seed });
    expect(draw(20, 3)).toEqual(draw(20, 3));
    expect(draw(20, 3)).not.toEqual(draw(20, 4));
    expect(draw(80, 3).slice(0, 20)).toEqual(draw(20, 3));
    expect(draw(4, 0)).toMatchInlineSnapshot(`
      [
        {
          "caption": "caption 1 of 26",
          "image": 26,
        },
        {
          "caption": "caption 0 of 34",
          "image": 34,
        },
        {
          "caption": "caption 1 of 9",
          "image": 9,
        },
        {
          "caption": "caption 2 of 17",
          "image": 17,
        },
      ]
    `);
  });

  it('draws without replacement, one of each image before any second', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 150 }), fc.integer({ min: 0, max: 1000 }), (count, seed) => {
        const prompts = promptSet(captions, { count, seed });
        expect(new Set(prompts.map(({ caption }) => caption)).size).toBe(count);
        for (const { image, caption } of prompts) expect(captions[image]).toContain(caption);
        expect(new Set(prompts.slice(0, 50).map(({ image }) => image)).size).toBe(Math.min(count, 50));
      }),
      { numRuns: 50 },
    );
  });

  it('takes 30,000 of the 40,504 images of val2014 as often as others: no image is preferred', () => {
    const val2014 = Array.from({ length: 40_504 }, (_, image) =>
      Array.from({ length: 5 }, (_unused, i) => `${image}/${i}`),
    );
    const prompts = promptSet(val2014, { count: 30_000, seed: 0 });
    expect(new Set(prompts.map(({ image }) => image)).size).toBe(30_000);
    expect(new Set(prompts.map(({ caption }) => caption)).size).toBe(30_000);
    // 14,814 of the first 20,000 images are expected, give or take 50; in the order of the data set it would be all.
    const first = prompts.filter(({ image }) => image < 20_000).length;
    expect(Math.abs(first - (30_000 * 20_000) / 40_504)).toBeLessThan(200);
    // Each of the five captions of an image is as likely.
    for (let i = 0; i < 5; i++) {
      const share = prompts.filter(({ caption }) => caption.endsWith(`/${i}`)).length;
      expect(Math.abs(share - 6000)).toBeLessThan(300);
    }
  });

  it('reaches every caption and no further', () => {
    expect(promptSet(captions, { count: 150, seed: 0 })).toHaveLength(150);
    expect(() => promptSet(captions, { count: 151, seed: 0 })).toThrow(/there are 150 captions/);
    expect(() => promptSet([], { count: 1, seed: 0 })).toThrow(/there are 0 captions/);
  });
});

describe('what samples are told', () => {
  const temporary = folderPerTest();
  const network = {
    kind: 'text',
    encoder: {
      vocabSize: 4096,
      positions: 6,
      width: 8,
      heads: 1,
      layers: 1,
      hiddenWidth: 32,
      activation: 'gelu',
    },
    emptyCaption: [0, 0, 0, 0, 0, 0],
  } as const;

  async function told(count: number, prompts?: { readonly count: number; readonly seed: number }) {
    const dir = temporary('pack');
    await writePack(
      dir,
      1,
      captions.map(() => new Uint8Array(3)),
      { captions: captions.map(([first]) => first!), captionSets: captions },
    );
    const conditions = (await openConditions(
      {
        engine: () => Promise.reject(new Error('no engine is needed')),
        inputs: { dataset: { key: 'd', dir, summary: {} } },
      },
      { network, dropRate: 0 },
      'train',
      prompts && { prompts },
    ))!;
    return {
      samples: Array.from({ length: count }, (_, index) => conditions.ofSample(index).ids),
      images: captions.map((_, index) => conditions.ofImage(index).ids),
    };
  }
  const idsOf = (caption: string) => wordTokens(caption, 6, 4096);

  it('are the drawn captions, where they are to be drawn', async () => {
    const prompts = { count: 120, seed: 5 };
    const { samples, images } = await told(120, prompts);
    expect(samples).toEqual(promptSet(captions, prompts).map(({ caption }) => idsOf(caption)));
    expect(images).toEqual(captions.map(([first]) => idsOf(first!)));
  });

  it('are the first captions in order, and from the start again, where they are not', async () => {
    const { samples } = await told(60);
    expect(samples).toEqual(Array.from({ length: 60 }, (_, index) => idsOf(captions[index % 50]![0]!)));
  });

  it('are refused where there are fewer captions than samples', async () => {
    await expect(told(1, { count: 151, seed: 5 })).rejects.toMatchObject({
      code: 'usage',
      message: '151 prompts were asked for, but there are 150 captions',
    });
  });
});
