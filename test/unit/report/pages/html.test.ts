// The page: self-contained, deterministic, and silent about what the experiment does not have.
import { describe, expect, it } from 'vitest';
import { renderReport } from '../../../../src/report/pages/html.ts';
import type { MetricCard } from '../../../../src/results/metric-card.ts';
import { lossPlot, thinCurve } from '../../../../src/report/plots/plots.ts';
import { ffhqManifest, without } from '../../../support/manifests/ffhq-manifest.ts';

const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47]);

/** The card of a score against images that nobody has learned from. */
function heldOut(card: MetricCard): MetricCard {
  return { ...card, reference: { ...card.reference, images: 'held-out' } };
}

describe('renderReport', () => {
  const images = { 'samples-SD.png': png };
  const page = renderReport(ffhqManifest, images);

  it('gives the same bytes each time, plots included', () => {
    expect(renderReport(ffhqManifest, images)).toBe(page);
  });

  it('needs nothing from elsewhere', () => {
    expect(page).not.toMatch(/<script|<link|@import|url\((?!#)|src="(?!data:)/);
    expect(page.replaceAll(/xmlns(:\w+)?="[^"]*"/g, '')).not.toMatch(/https?:/);
  });

  it('holds images that were handed over, and only those', () => {
    expect(page.match(/<img /g)).toHaveLength(1);
    expect(page).toContain('src="data:image/png;base64,iVBORw=="');
  });

  it('has four plots with ids that do not clash', () => {
    expect(page.match(/<svg /g)).toHaveLength(4);
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('escapes what the user wrote', () => {
    const hostile = renderReport({ ...ffhqManifest, description: '</p><script>alert(1)</script>' }, {});
    expect(hostile).not.toContain('<script>');
  });

  it('says whether all images were trained on', () => {
    expect(page).toContain('Training images');
    const models = ffhqManifest.models.map((model) =>
      model.fid ? { ...model, fid: { ...model.fid, card: heldOut(model.fid.card) } } : model,
    );
    const divided = renderReport({ ...ffhqManifest, models }, {});
    expect(divided).not.toContain('Training images');
    expect(divided).toContain('Images, with those kept for scores');
  });

  it('leaves out sections without content', () => {
    const rest = without(without(ffhqManifest, 'paper'), 'autoencoder');
    const bare = renderReport({ ...rest, models: [] }, {});
    for (const title of ['Samples', 'How the numbers were taken', 'The paper', 'Autoencoder'])
      expect(bare).not.toMatch(new RegExp(`<h[23]>${title}`));
  });
});

describe('thinCurve', () => {
  it('means over runs, keeps the last step, skips what is not finite', () => {
    const curve = Array.from({ length: 401 }, (_, i) => ({ step: i, loss: i === 1 ? NaN : i }));
    const points = thinCurve(curve);
    expect(points).toHaveLength(200);
    expect(points[0]).toEqual([2, 1]);
    expect(points.at(-1)).toEqual([400, 399.5]);
  });

  it('draws nothing for nothing', () => {
    expect(lossPlot('x', [{ name: 'a', curve: [] }])).toBeUndefined();
  });
});
