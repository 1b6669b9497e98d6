import { describe, expect, it } from 'vitest';
import { cardDigest, describeCard, grouped } from '../../../src/results/metric-card.ts';
import type { MetricCard } from '../../../src/results/metric-card.ts';
import { card } from '../../support/manifests/ffhq-manifest.ts';

describe('cardDigest', () => {
  const changes: Partial<MetricCard>[] = [
    { extractor: { name: 'other', digest: card.extractor.digest } },
    { extractor: { name: card.extractor.name, digest: '00' } },
    { inputSize: 224 },
    { resampler: 'bicubic' },
    { sampler: 'DDPM' },
    { eta: 0 },
    { steps: 50 },
    { guidanceScale: 3 },
    { n: 10_000 },
    { reference: { ...card.reference, digest: '00' } },
    { reference: { ...card.reference, count: 1 } },
    { reference: { ...card.reference, preprocessing: 'none' } },
    { dtype: 'float16' },
    { comparableWithPublished: false },
  ];
  it.each(changes)('changes with %j', (change) => {
    expect(cardDigest({ ...card, ...change })).not.toBe(cardDigest(card));
  });

  it('does not depend on the note or on key order', () => {
    const reversed = Object.fromEntries(Object.entries(card).reverse()) as unknown as MetricCard;
    expect(cardDigest({ ...reversed, note: 'for the reader' })).toBe(cardDigest(card));
  });
});

it('describes guidance and notes in words', () => {
  const text = describeCard({ ...card, guidanceScale: 1.5, note: 'after a fire drill' });
  expect(text).toContain('guidance: w = 1.5');
  expect(text.endsWith('; after a fire drill')).toBe(true);
});

it.each([
  [0, '0'],
  [999, '999'],
  [1000, '1,000'],
  [1_234_567, '1,234,567'],
])('groups %d as %s', (count, text) => {
  expect(grouped(count)).toBe(text);
});
