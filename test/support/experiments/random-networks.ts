// Experiments with small networks, and random weights for them, for the tests of import and export.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { HostTensors } from '../../../src/engine/engine.ts';
import { initParams } from '../../../src/models/init-params.ts';
import type { ParamSpec } from '../../../src/nn/params.ts';
import { uniform } from '../../../src/rng/noise.ts';

const experiment = `name: small
dataset: { kind: emoji, size: 16, categories: [Activities] }
autoencoder:
  kind: kl
  channels: 32
  channelMult: [1, 1]
  numResBlocks: 1
  zChannels: 2
  embedDim: 2
  train: { steps: 1, batchSize: 1, learningRate: 1.0e-3 }
teacher:
  unet: { modelChannels: 32, channelMult: [1, 1], numResBlocks: 1, attentionResolutions: [2], numHeads: 1 }
  train: { steps: 1, batchSize: 1, learningRate: 1.0e-3 }
students:
  sd: { modelChannels: 32, waveletGating: true }
distill: { steps: 1, batchSize: 1, learningRate: 1.0e-3 }
evaluate: { extractor: { kind: nsfwjs, inputSize: 75 } }
`;

const conditionings = {
  none: '',
  class: 'conditioning: { kind: class, classes: 3, width: 16 }\n',
  text: `conditioning:
  kind: text
  encoder: { kind: words, width: 16, layers: 1, heads: 2, tokens: 4, vocabulary: 50 }
`,
} as const;

/** Writes the YAML file of a small experiment into `folder`; its path. */
export async function writeSmallExperiment(
  folder: string,
  conditioning: keyof typeof conditionings = 'none',
): Promise<string> {
  const file = path.join(folder, `small-${conditioning}.yaml`);
  await writeFile(file, experiment + conditionings[conditioning]);
  return file;
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
