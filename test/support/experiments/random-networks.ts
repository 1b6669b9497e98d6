// Experiments with small networks, and random weights for them, for the tests of import and export.
import { sizeOf, type HostTensors } from '../../../src/engine/engine.ts';
import { initParams } from '../../../src/models/init-params.ts';
import type { ParamSpec } from '../../../src/nn/params.ts';
import { normal, uniform } from '../../../src/rng/noise.ts';
import { writeVariation } from './family.ts';

const once = { steps: 1, checkpointEvery: null, logEvery: null, batchSize: 1 };

const small = {
  name: 'small',
  seed: null,
  threads: null,
  autoencoder: { train: once },
  teacher: { train: once },
  students: { lite: null, sd: { spatial: null, freq: null } },
  distill: once,
  sample: null,
  evaluate: { referenceCount: null, batchSize: null },
};

const conditionings = {
  none: {},
  class: { conditioning: { kind: 'class', classes: 3, width: 16 } },
  text: {
    conditioning: {
      kind: 'text',
      encoder: { kind: 'words', width: 16, layers: 1, heads: 2, tokens: 4, vocabulary: 50 },
    },
  },
} as const;

/** Writes the YAML file of a small experiment into `folder`; its path. */
export function writeSmallExperiment(
  folder: string,
  conditioning: keyof typeof conditionings = 'none',
): Promise<string> {
  return writeVariation(folder, `small-${conditioning}`, { ...small, ...conditionings[conditioning] });
}

/** Values that differ from parameter to parameter. */
export function randomParams(specs: readonly ParamSpec[], seed = 0): HostTensors {
  const draw = (name: string, n: number) => uniform(seed, name, 0, 0, n);
  return Object.fromEntries(
    Object.entries(initParams(specs, { uniform: draw, normal: draw })).map(([name, tensor]) => [
      name,
      { ...tensor, data: Float32Array.from(draw(name, tensor.data.length)) },
    ]),
  );
}

/** Values by which features keep their size from layer to layer, so that images are neither black nor white. */
export function tameParams(specs: readonly ParamSpec[], seed = 0): HostTensors {
  return Object.fromEntries(
    specs.map(({ name, shape }) => {
      const drawn = normal(seed, name, 0, 0, sizeOf(shape));
      const [offset, deviation] =
        shape.length > 1
          ? [0, Math.sqrt(shape[0]! / sizeOf(shape))] // 1 / sqrt(inputs of each output)
          : [name.endsWith('weight') ? 1 : 0, 0.1];
      return [name, { shape, dtype: 'float32', data: drawn.map((z) => offset + deviation * z) }];
    }),
  );
}
