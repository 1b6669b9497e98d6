// Models of an experiment in a store as if a run had trained them, for the tests of export.
import path from 'node:path';
import type { HostTensors } from '../../../src/engine/engine.ts';
import type { ParamSpec } from '../../../src/nn/params.ts';
import { modelFiles } from '../../../src/stages/networks/model-files.ts';
import { writeSafetensors } from '../../../src/weights/safetensors/safetensors.ts';
import { publishStages, specsOf } from './publish-stages.ts';
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
  const { config, nodes } = await publishStages(
    experiment,
    dir,
    ({ kind }) => ['autoencoder', 'teacher', 'distill', 'latents'].includes(kind),
    async ({ kind, name }, folder, ofNode) => {
      if (kind === 'latents') return { scaleFactor };
      const specs = specsOf(ofNode, name);
      await writeSafetensors(path.join(folder, modelFiles.weights), params(specs, 1));
      await writeSafetensors(path.join(folder, modelFiles.ema), params(specs, 2));
      return undefined;
    },
  );
  return Object.fromEntries(
    nodes
      .filter(({ kind }) => kind !== 'latents')
      .map(({ name }) => [name, params(specsOf(config, name), 2)]),
  );
}
