// The page of a comparison: self-contained, deterministic, with grids of the same noise apart from others.
import { describe, expect, it } from 'vitest';
import { renderComparison } from '../../../../src/report/pages/comparison-html.ts';
import type { Comparison } from '../../../../src/results/comparison.ts';
import { ablation } from '../../../support/manifests/ablation-manifest.ts';
import { ffhqManifest } from '../../../support/manifests/ffhq-manifest.ts';

const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47]);
const comparison: Comparison = {
  sdxVersion: '0.1.0',
  results: [
    { label: 'first', kind: 'experiment', manifest: ffhqManifest },
    {
      label: 'b <b>',
      kind: 'experiment',
      manifest: { ...ffhqManifest, description: '</p><script>alert(1)</script>' },
    },
  ],
  differences: [
    { label: 'b <b>', part: 'config', what: 'distill.alpha', first: '-1', other: '-2' },
    { label: 'b <b>', part: 'stage', what: 'distill:sd', first: '0123', other: '4567' },
  ],
  samples: [
    {
      model: 'SD',
      aligned: [
        [
          { label: 'first', images: Array.from({ length: 10 }, () => png) },
          { label: 'a name too long to stand beside', images: Array.from({ length: 9 }, () => png) },
        ],
      ],
      alone: [{ label: 'b <b>', grid: png }],
    },
  ],
};

describe('renderComparison', () => {
  const page = renderComparison(comparison);

  it('gives the same bytes each time', () => {
    expect(renderComparison(comparison)).toBe(page);
  });

  it('needs nothing from elsewhere, and escapes what users wrote', () => {
    expect(page).not.toMatch(/<script|<link|@import|url\((?!#)|src="(?!data:)/);
    expect(page.replaceAll(/xmlns(:\w+)?="[^"]*"/g, '')).not.toMatch(/https?:/);
    expect(page).not.toContain('b <b>');
  });

  it('lays images of the same noise under one another, as many as all have', () => {
    expect(page.match(/<image /g)).toHaveLength(2 * 9);
    expect(page).toContain('A: first. B: a name too long to stand beside.');
    expect(page).toContain('not drawn from the same noise');
    expect(page.match(/<img /g)).toHaveLength(1);
  });

  it('overlays curves and spectra of the models that have them, with ids that do not clash', () => {
    const drawn = ffhqManifest.models.filter(({ curve }) => curve.length > 0).length;
    expect(page.match(/aria-label="loss against/g)).toHaveLength(drawn);
    expect(page.match(/aria-label="mean power against/g)).toHaveLength(drawn);
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('tells what differs besides', () => {
    expect(page).toMatch(/distill\.alpha<\/td><td class="left">-1<\/td><td class="left">-2/);
    expect(page).toContain('Stages with other keys (1)');
    expect(renderComparison({ ...comparison, differences: [] })).toContain(
      'Nothing in configuration, versions and data.',
    );
  });
});

it('compares sweeps cell by cell, with the curves as means over the seeds', () => {
  const page = renderComparison({
    ...comparison,
    results: ['a', 'b'].map((label) => ({ label, kind: 'sweep' as const, manifest: ablation })),
    samples: [],
  });
  expect(page).toContain('wg1-sp1-fr1, FID ↓');
  expect(page.match(/aria-label="loss against/g)).toHaveLength(1 + ablation.cells.length);
  expect(page).not.toContain('<h2>Samples');
});
