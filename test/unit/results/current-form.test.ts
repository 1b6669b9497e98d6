import { expect, it } from 'vitest';
import { currentManifest, currentSweepManifest } from '../../../src/results/current-form.ts';
import { ablation } from '../../support/manifests/ablation-manifest.ts';
import { ffhqManifest } from '../../support/manifests/ffhq-manifest.ts';

const timed = <T extends object>(model: T): T => ({ ...model, samplesPerSecond: 3 });
const threaded = <T extends object>(facts: T): T => ({ ...facts, threads: '2' });

it('drops timings and threads from the manifest of an experiment', () => {
  const earlier = {
    ...ffhqManifest,
    config: { ...(ffhqManifest.config as object), threads: 2 },
    engine: threaded(ffhqManifest.engine),
    models: ffhqManifest.models.map(timed),
  };
  expect(JSON.stringify(currentManifest(earlier))).toBe(JSON.stringify(ffhqManifest));
});

it('drops them from the manifest of a sweep, where engines that differed in threads alone are one', () => {
  const [engine] = ablation.engines;
  const earlier = {
    ...ablation,
    engines: [threaded(engine!), { ...engine!, threads: '4' }],
    teachers: ablation.teachers.map(timed),
    cells: ablation.cells.map((cell) => ({
      ...cell,
      config: { threads: 2 },
      runs: cell.runs.map((run) => ({ ...run, model: timed(run.model!) })),
    })),
  };
  expect(JSON.stringify(currentSweepManifest(earlier))).toBe(JSON.stringify(ablation));
});

it('leaves manifests of this version alone, to the byte', () => {
  expect(JSON.stringify(currentManifest(ffhqManifest))).toBe(JSON.stringify(ffhqManifest));
  expect(JSON.stringify(currentSweepManifest(ablation))).toBe(JSON.stringify(ablation));
});
