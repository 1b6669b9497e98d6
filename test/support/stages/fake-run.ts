// A run of the small experiment with fake stages: what commands that work on finished runs start from.
import path from 'node:path';
import { runExperiment, type RunExperimentOptions } from '../../../src/runner/run-experiment.ts';
import { openStore } from '../../../src/store/store.ts';
import { smallExperiment } from '../experiments/small-experiment.ts';
import { fakeStages, type FakeOptions, type FakeStages } from './fake-stages.ts';

export type FakeRun = Omit<RunExperimentOptions, 'team'> & Pick<FakeStages, 'started'>;

/** What the run was, or is to be, made with: `folder` has its store and results. */
export function fakeRun(folder: string, options: FakeOptions = {}): FakeRun {
  return {
    config: smallExperiment,
    file: path.join(folder, 'small.yaml'),
    configDigest: 'c0'.repeat(32),
    store: openStore(path.join(folder, 'store')),
    resultsDir: path.join(folder, 'results'),
    ...fakeStages(options),
    engine: () => Promise.reject(new Error('no stage here needs an engine')),
    signal: new AbortController().signal,
    onEvent: () => undefined,
  };
}

/** The same, finished. */
export async function finishedFakeRun(folder: string, options: FakeOptions = {}): Promise<FakeRun> {
  const run = fakeRun(folder, options);
  await runExperiment(run);
  return run;
}
