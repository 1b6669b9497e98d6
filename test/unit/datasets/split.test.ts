// Divisions of a data set: their sizes, their shares of each class, what stays together, and what they depend on.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ImageDataset } from '../../../src/datasets/dataset.ts';
import { openDataset } from '../../../src/datasets/open-dataset.ts';
import { parts, rangeOfPart, type SplitConfig } from '../../../src/datasets/parts.ts';
import { splitDataset, stratifiedOrder } from '../../../src/datasets/split.ts';

/** 600 samples in order of their class, as sources are: 400 of a, 150 of b, 50 of c. */
const sorted: ImageDataset = {
  count: 600,
  size: 1,
  digest: 'd',
  corrupt: [],
  read: (index) => Promise.resolve(Uint8Array.of(index, index >> 8, 0)),
  name: (index) => `${index}.png`,
  label: (index) => (index < 400 ? 'a' : index < 550 ? 'b' : 'c'),
  caption: (index) => `number ${index}`,
};

function namesOf(dataset: ImageDataset): Record<string, string[]> {
  const names = Array.from({ length: dataset.count }, (_, index) => dataset.name(index));
  return Object.fromEntries(
    parts.map((part) => {
      const { from, to } = rangeOfPart(dataset.parts, part, dataset.count);
      return [part, names.slice(from, to)];
    }),
  );
}

function classCounts(dataset: ImageDataset): Record<string, Record<string, number>> {
  return Object.fromEntries(
    parts.map((part) => {
      const { from, to } = rangeOfPart(dataset.parts, part, dataset.count);
      const counts: Record<string, number> = {};
      for (let index = from; index < to; index++) {
        const label = dataset.label!(index);
        counts[label] = (counts[label] ?? 0) + 1;
      }
      return [part, counts];
    }),
  );
}

const split: SplitConfig = { heldOut: 120, validation: 0.1, seed: 0 };

describe('splitDataset', () => {
  it('gives each part its number and its share of every class', () => {
    const divided = splitDataset(sorted, split);
    expect(divided.parts).toEqual({ train: 420, validation: 60, 'held-out': 120 });
    expect(classCounts(divided)).toEqual({
      train: { a: 280, b: 105, c: 35 },
      validation: { a: 40, b: 15, c: 5 },
      'held-out': { a: 80, b: 30, c: 10 },
    });
  });

  it('puts every sample in one part, with what belongs to it', async () => {
    const divided = splitDataset(sorted, split);
    expect(new Set(Object.values(namesOf(divided)).flat()).size).toBe(600);
    for (const index of [0, 419, 420, 599]) {
      const number = Number.parseInt(divided.name(index));
      expect(divided.caption!(index)).toBe(`number ${number}`);
      expect([...(await divided.read(index))]).toEqual([number & 255, number >> 8, 0]);
    }
  });

  it('follows from seed and names, not from the order of the source', () => {
    const backwards: ImageDataset = {
      ...sorted,
      name: (index) => sorted.name(599 - index),
      label: (index) => sorted.label!(599 - index),
    };
    const divided = namesOf(splitDataset(sorted, split));
    const turned = namesOf(splitDataset(backwards, split));
    for (const part of parts) expect(turned[part]!.toReversed()).toEqual(divided[part]);
    const other = namesOf(splitDataset(sorted, { ...split, seed: 1 }));
    const shared = other['held-out']!.filter((name) => divided['held-out']!.includes(name));
    expect(shared.length).toBeLessThan(60);
  });

  it('keeps groups together', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(12), { minLength: 30, maxLength: 90 }),
        fc.double({ min: 0.05, max: 0.4, noNaN: true }),
        fc.nat(5),
        (groups, heldOut, seed) => {
          const grouped: ImageDataset = {
            ...sorted,
            count: groups.length,
            group: (index) => String(groups[index]),
          };
          const divided = splitDataset(grouped, { heldOut, validation: 0.2, seed });
          const partsOfGroup = new Map<string, Set<string>>();
          for (const part of parts) {
            const { from, to } = rangeOfPart(divided.parts, part, divided.count);
            for (let index = from; index < to; index++) {
              const group = divided.group!(index);
              partsOfGroup.set(group, (partsOfGroup.get(group) ?? new Set()).add(part));
            }
          }
          for (const found of partsOfGroup.values()) expect(found.size).toBe(1);
        },
      ),
    );
  });

  it('has a digest of its own, by every key', () => {
    const digests = [{}, { heldOut: 121 }, { validation: 0.2 }, { seed: 1 }].map(
      (change) => splitDataset(sorted, { ...split, ...change }).digest,
    );
    expect(new Set([sorted.digest, ...digests]).size).toBe(5);
  });

  it('refuses what leaves nothing to train on', () => {
    expect(() => splitDataset(sorted, { heldOut: 540, validation: 0.1, seed: 0 })).toThrow(
      'dataset.split: of 600 images, 540 would be held out, 60 for validation and 0 left to train on',
    );
  });

  it('keeps the skin tones of an emoji together', async () => {
    const config = { kind: 'emoji', size: 16, filter: 'bicubic', skinTones: true } as const;
    const emoji = await openDataset({
      ...config,
      categories: ['People & Body'],
      split: { heldOut: 0.3, validation: 0, seed: 0 },
    });
    const { from } = rangeOfPart(emoji.parts, 'held-out', emoji.count);
    const base = (index: number): string => emoji.name(index).replace(/-1f3f[b-f]/g, '');
    const indices = Array.from({ length: emoji.count }, (_, index) => index);
    const learned = new Set(indices.filter((index) => index < from).map(base));
    const heldOut = indices.filter((index) => index >= from).map(base);
    expect(heldOut.length).toBeGreaterThan(500);
    expect(heldOut.filter((name) => learned.has(name))).toEqual([]);
  });
});

describe('stratifiedOrder', () => {
  it('gives every beginning its share of each class', () => {
    const order = stratifiedOrder({ count: 600, group: sorted.name, label: sorted.label!, seed: 0 });
    for (const length of [12, 60, 300]) {
      const labels = [...order.slice(0, length)].map((index) => sorted.label!(index));
      for (const [label, share] of [
        ['a', 400],
        ['b', 150],
        ['c', 50],
      ] as const)
        expect(
          Math.abs(labels.filter((each) => each === label).length - (length * share) / 600),
        ).toBeLessThanOrEqual(1);
    }
  });
});
