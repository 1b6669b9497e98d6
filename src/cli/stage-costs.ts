// What the time of a run follows from: operations of its stages, and how long those took that are in the store.
import { secondsOfAllRuns } from '../runner/timed-stages.ts';
import { operationsOf } from '../watch/experiment-view.ts';
import type { Pipeline } from './load-pipeline.ts';
import type { AskCosts, StageCosts } from './progress/whole-run.ts';

export async function stageCosts(
  stages: Parameters<AskCosts>[0],
  { config, store }: Pick<Pipeline, 'config' | 'store'>,
): Promise<StageCosts> {
  const seconds = new Map<string, number>();
  for (const { id, key, cached } of stages) {
    const found = cached ? await store.find(key) : undefined;
    if (found !== undefined) seconds.set(id, secondsOfAllRuns(found.manifest));
  }
  return { operations: await operationsOf({ config, store }), seconds };
}
