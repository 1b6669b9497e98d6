// What is told where training data are not those of latent-diffusion.
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadExperiment } from '../../../src/config/load.ts';
import { ldmDeviations } from '../../../src/datasets/ldm-training.ts';
import { tellDeviations } from '../../../src/runner/told-deviations.ts';
import { card } from '../../support/manifests/ffhq-manifest.ts';

async function deviations(name: string, ...overrides: string[]): Promise<string[]> {
  const file = path.join(import.meta.dirname, '../../../experiments', `${name}.yaml`);
  return ldmDeviations((await loadExperiment(file, overrides)).config.dataset);
}

describe('deviations from latent-diffusion', () => {
  it.each(['ffhq', 'celebahq', 'lsun-bedroom', 'lsun-church', 'laion-coco', 'quickstart'])(
    'has none to tell of %s',
    async (name) => {
      expect(await deviations(name)).toEqual([]);
    },
  );

  it('tells crops, lists and flips that are not the same', async () => {
    expect(await deviations('imagenet')).toEqual(['centre crops, where latent-diffusion crops at random']);
    expect(await deviations('lsun-church', 'dataset.list=null', 'dataset.flip=false')).toEqual([
      "all images instead of latent-diffusion's list church_outdoor_train.txt (dataset.list)",
      'no flips, which latent-diffusion has (dataset.flip)',
    ]);
    expect(await deviations('ffhq', 'dataset.flip=true')).toEqual([
      'flips, which latent-diffusion does not have',
    ]);
  });

  it('stand on the cards of all scores, beside what is there', () => {
    const scored = {
      fid: { value: 5, card: { ...card, note: 'FID-50k' } },
      metrics: { kid: { value: 1, card } },
    };
    const told = tellDeviations(scored, ['centre crops', 'no flips']);
    expect(told.fid).toEqual({
      value: 5,
      card: { ...card, note: 'FID-50k; trained with centre crops; no flips' },
    });
    expect(told.metrics.kid.card.note).toBe('trained with centre crops; no flips');
    expect(tellDeviations(scored, [])).toBe(scored);
  });
});
