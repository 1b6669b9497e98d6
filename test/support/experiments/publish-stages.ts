// A store as if a run had been there: artifacts of some stages of a plan, their files written by the caller.
import { loadExperiment } from '../../../src/config/load.ts';
import type { Experiment } from '../../../src/config/types.generated.ts';
import { networkOf } from '../../../src/export/experiment-networks.ts';
import type { ParamSpec } from '../../../src/nn/params.ts';
import type { PlanNode } from '../../../src/plan/plan.ts';
import { preparePlan } from '../../../src/runner/prepare-plan.ts';
import { stages } from '../../../src/stages/registry.ts';
import { openStore } from '../../../src/store/store.ts';
import { fakeSummaries } from '../stages/fake-stages.ts';

export interface Published {
  readonly config: Experiment;
  /** The stages that were wanted, be they published now or before. */
  readonly nodes: readonly PlanNode[];
}

/**
 * Publishes the stages that are `wanted` and not in the store `dir` yet. `write` puts files into an artifact's folder, and
 * gives what its summary has beside that of a fake stage.
 */
export async function publishStages(
  experiment: string,
  dir: string,
  wanted: (node: PlanNode) => boolean,
  write: (node: PlanNode, folder: string, config: Experiment) => Promise<object | undefined>,
): Promise<Published> {
  const { config } = await loadExperiment(experiment);
  const store = openStore(dir);
  await store.prepare();
  const nodes = (await preparePlan({ config, store, stages })).nodes.filter(wanted);
  for (const node of nodes) {
    const { key, kind, name } = node;
    if ((await store.find(key)) !== undefined) continue;
    const lock = await store.lock(key);
    const more = await write(node, await store.outputDir(key), config);
    await store.publish(key, {
      ...{ kind, name, stageVersion: 1, params: {}, inputs: {} },
      ...{ summary: { ...fakeSummaries[kind], ...more }, seconds: 0 },
    });
    await lock.release();
  }
  return { config, nodes };
}

/** Parameters of the network `name` of an experiment. */
export function specsOf(config: Experiment, name: string): readonly ParamSpec[] {
  return networkOf(config, name).components.flatMap(({ specs }) => specs);
}
