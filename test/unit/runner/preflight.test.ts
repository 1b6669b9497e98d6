// What is missed before any computing, beside files: captions to draw.
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadExperiment } from '../../../src/config/load.ts';
import { missingRequirements } from '../../../src/runner/preflight.ts';
import { folderWith, minimal } from '../../support/experiments/experiment-files.ts';

describe('captions to draw', () => {
  async function missing(...overrides: string[]) {
    const file = path.join(await folderWith({ 'main.yaml': minimal }), 'main.yaml');
    const text = 'conditioning={kind: text, encoder: {kind: words, width: 32}}';
    return missingRequirements((await loadExperiment(file, [text, ...overrides])).config);
  }

  it('are missed where images have one each and are fewer than the samples', async () => {
    const [found, ...others] = await missing('sample.promptSeed=0', 'sample.count=30000');
    expect(others).toEqual([]);
    expect(found!.key).toBe('sample.count');
    expect(found!.problem).toMatch(
      /^30000 captions are to be drawn without replacement, of 1\d{3} images with one each$/,
    );
  });

  it('suffice for fewer samples, and come again where none are drawn', async () => {
    expect(await missing('sample.promptSeed=0', 'sample.count=1000')).toEqual([]);
    expect(await missing('sample.count=30000')).toEqual([]);
  });
});
