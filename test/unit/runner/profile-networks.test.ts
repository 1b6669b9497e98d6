import { expect, test } from 'vitest';
import { loadExperiment } from '../../../src/config/load.ts';
import { profileNetworks } from '../../../src/runner/profile-networks.ts';
import { smallExperiment } from '../../support/experiments/small-experiment.ts';
import { fakeEngine } from '../../support/stages/fake-engine.ts';

test('the paper experiment costs what the paper prints, model by model', async () => {
  const { config } = await loadExperiment('experiments/ffhq.yaml');
  const networks = await profileNetworks(config);
  expect(networks.map(({ model, role, params, paper }) => [model, role, params, paper])).toEqual([
    ['teacher', 'teacher', 274_056_163, { params: '274.1M', macs: '96.1G' }],
    ['lite', 'student', 22_411_843, { params: '22.4M', macs: '7.9G' }],
    ['sd', 'student', 21_098_051, { params: '21.1M', macs: '6.7G' }],
  ]);
  expect(networks[2]).toMatchObject({ macs: 6_741_680_256, attentionMacs: 1_480_589_312 });
  expect(networks[0]).not.toHaveProperty('throughput');
});

test('an experiment that names no data set of the paper has no numbers beside its own', async () => {
  const networks = await profileNetworks(smallExperiment);
  expect(networks.map(({ model }) => model)).toEqual(['teacher', 'lite', 'sd']);
  for (const network of networks) expect(network).not.toHaveProperty('paper');
});

test('throughput is measured for every network, on the batch that is asked for, and stops when asked to', async () => {
  const controller = new AbortController();
  const seen: (readonly number[])[] = [];
  const engine = fakeEngine(({ x }) => {
    seen.push(x!.shape);
    return {};
  });
  const { signal } = controller;
  const measure = () =>
    profileNetworks(smallExperiment, { engine: () => Promise.resolve(engine), batch: 3, signal });
  const networks = await measure();
  expect(networks.map(({ throughput }) => throughput)).toEqual(
    networks.map(() => expect.objectContaining({ runs: 30, batch: 3 }) as unknown),
  );
  expect(seen).toHaveLength(3 * (2 + 30));
  expect(new Set(seen.map((shape) => shape.join('x')))).toEqual(new Set(['3x4x8x8']));
  controller.abort();
  await expect(measure()).rejects.toMatchObject({ name: 'InterruptedError' });
});
