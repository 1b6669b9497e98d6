import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { loadExperiment } from '../../../src/config/load.ts';
import { defaultInputSize } from '../../../src/config/schema.ts';
import { publishedInputSize } from '../../../src/results/metric-card.ts';
import { folderWith, minimal } from '../../support/experiments/experiment-files.ts';

async function digestOf(text: string, ...overrides: string[]): Promise<string> {
  const folder = await folderWith({ 'main.yaml': text });
  return (await loadExperiment(path.join(folder, 'main.yaml'), overrides)).digest;
}

describe('loadExperiment', () => {
  it('loads the quickstart with every default', async () => {
    const { config, file, warnings } = await loadExperiment('experiments/quickstart.yaml');
    expect(file).toBe(path.resolve('experiments/quickstart.yaml'));
    expect(warnings).toEqual([]);
    expect(config).toMatchObject({
      engine: 'onnx',
      threads: 0,
      diffusion: { timesteps: 1000, linearStart: 0.0015, linearEnd: 0.0195 },
      sample: { steps: 50, eta: 0, useEma: true },
      evaluate: { extractor: { kind: 'nsfwjs', inputSize: 139 }, metrics: ['fid', 'kid', 'spectrum'] },
    });
    expect(config.distill).toMatchObject({
      lambdaS: 0.1,
      lambdaF: 0.1,
      alpha: -1,
      taps: 'all',
      emaDecay: 0.999,
    });
  });

  it('fills sections that are absent altogether', async () => {
    const folder = await folderWith({ 'main.yaml': minimal });
    const { config } = await loadExperiment(path.join(folder, 'main.yaml'));
    expect(config.evaluate.extractor).toEqual({ kind: 'nsfwjs', inputSize: 299 });
    expect(config.sample).toMatchObject({ steps: 200, count: 50000 });
  });

  it('has the same input size for every extractor, which sdx fid takes too', async () => {
    const folder = await folderWith({ 'main.yaml': minimal });
    for (const extractor of ['nsfwjs', 'pytorch-fid', 'clean-fid'] as const) {
      const weights = extractor === 'nsfwjs' ? '' : ', weights: w.pth';
      const change = `evaluate.extractor={kind: ${extractor}${weights}}`;
      const { config } = await loadExperiment(path.join(folder, 'main.yaml'), [change]);
      expect(config.evaluate.extractor.inputSize, extractor).toBe(publishedInputSize);
      expect(defaultInputSize(extractor), extractor).toBe(publishedInputSize);
    }
  });

  it('templates leave it as it is', async () => {
    for (const name of await readdir('experiments/templates'))
      expect(await readFile(path.join('experiments/templates', name), 'utf8'), name).not.toMatch(
        /^ *inputSize:/m,
      );
  });

  it('digests what is asked for, not how it is written or named', async () => {
    const digest = await digestOf(minimal);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    const [name = '', ...others] = minimal.trim().split(/\n(?! )/);
    expect(others).toHaveLength(6);
    expect(await digestOf([...others.reverse(), name.replace('tiny', 'other')].join('\n'))).toBe(digest);
    expect(
      await digestOf(
        minimal,
        'name=b',
        'description=c',
        'paper=ffhq',
        'threads=3',
        'sample.eta=0',
        'analyze={}',
        'figures={}',
        'log.tensorboard=true',
        'tags=[a, b]',
        'notes=n',
      ),
    ).toBe(digest);
    expect(await digestOf(minimal, 'sample.eta=1')).not.toBe(digest);
    expect(await digestOf(minimal, 'seed=1')).not.toBe(digest);
  });

  it('digests paths relative to the file, so that a copied project keeps its digest', async () => {
    const text = minimal.replace('{kind: emoji,', '{kind: folder, path: images,');
    expect(await digestOf(text)).toBe(await digestOf(text));
    expect(await digestOf(text)).not.toBe(await digestOf(text.replace('images', 'other')));
  });

  it('gives the same again for its own result', async () => {
    const { config, digest } = await loadExperiment('experiments/quickstart.yaml');
    expect(await digestOf(stringify(config))).toBe(digest);
  });
});

describe('shipped experiments', async () => {
  const files = (await readdir('experiments')).filter((name) => name.endsWith('.yaml'));

  it.each(files)('%s is valid, without warnings, and opens with its schema', async (name) => {
    const file = path.join('experiments', name);
    expect((await loadExperiment(file)).warnings).toEqual([]);
    expect(await readFile(file, 'utf8')).toMatch(
      /^# yaml-language-server: \$schema=\.\.\/schemas\/experiment\.schema\.json\n/,
    );
  });
});
