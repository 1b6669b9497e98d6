// Models of an experiment in a store as if a run had trained them, for the tests of export.
import path from 'node:path';
import { loadExperiment } from '../../../src/config/load.ts';
import type { HostTensors } from '../../../src/engine/engine.ts';
import { networkOf } from '../../../src/export/experiment-networks.ts';
import type { ParamSpec } from '../../../src/nn/params.ts';
import { preparePlan } from '../../../src/runner/prepare-plan.ts';
import { modelFiles } from '../../../src/stages/networks/model-files.ts';
import { stages } from '../../../src/stages/registry.ts';
import { openStore } from '../../../src/store/store.ts';
import { writeSafetensors } from '../../../src/weights/safetensors/safetensors.ts';
import { fakeSummaries } from '../stages/fake-stages.ts';
import { randomParams } from './random-networks.ts';

export interface PublishOptions {
  readonly scaleFactor?: number;
  /** Weights of a network; averaged ones and those as trained have different seeds. */
  readonly params?: (specs: readonly ParamSpec[], seed: number) => HostTensors;
}

/** Publishes random weights of all networks, and a scale factor; the averaged weights by network. */
export async function publishModels(
  experiment: string,
  dir: string,
  { scaleFactor = 0.5, params = randomParams }: PublishOptions = {},
): Promise<Record<string, HostTensors>> {
  const { config } = await loadExperiment(experiment);
  const store = openStore(dir);
  await store.prepare();
  const plan = await preparePlan({ config, store, stages });
  const averaged: Record<string, HostTensors> = {};
  for (const { key, kind, name } of plan.nodes) {
    if (!['autoencoder', 'teacher', 'distill', 'latents'].includes(kind)) continue;
    const lock = await store.lock(key);
    const folder = await store.outputDir(key);
    if (kind !== 'latents') {
      const specs = networkOf(config, name).components.flatMap((component) => component.specs);
      averaged[name] = params(specs, 2);
      await writeSafetensors(path.join(folder, modelFiles.weights), params(specs, 1));
      await writeSafetensors(path.join(folder, modelFiles.ema), averaged[name]);
    }
    const summary = { ...fakeSummaries[kind], ...(kind === 'latents' && { scaleFactor }) };
    await store.publish(key, { kind, name, stageVersion: 1, params: {}, inputs: {}, summary, seconds: 0 });
    await lock.release();
  }
  return averaged;
}
