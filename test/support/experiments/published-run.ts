// A store as if a run had ended, but for its evaluations: random weights of all networks, random images and samples.
import path from 'node:path';
import type { Experiment } from '../../../src/config/types.generated.ts';
import type { HostTensors } from '../../../src/engine/engine.ts';
import { normal, uniform } from '../../../src/rng/noise.ts';
import { modelFiles } from '../../../src/stages/networks/model-files.ts';
import { writeSafetensors } from '../../../src/weights/safetensors/safetensors.ts';
import { writePack } from '../stages/written-pack.ts';
import { publishStages, specsOf } from './publish-stages.ts';
import { randomParams } from './random-networks.ts';

/** Side of the images. */
export const side = 16;
const classNames = ['bird', 'cat', 'dog'];
const captions = Array.from({ length: 8 }, (_, i) => `picture ${i}`);
const latents = { count: 6, shape: [2, 8, 8], size: 128 } as const;

/** Publishes all that a run would, but evaluations: weights up to half of `gain`, of which a small one keeps activations small, and random images. */
export async function publishRun(experiment: string, dir: string, gain = 0.1): Promise<void> {
  await publishStages(
    experiment,
    dir,
    ({ kind }) => !['evaluate', 'reference'].includes(kind),
    async ({ kind, name }, folder, config) => {
      if (kind === 'teacher' || kind === 'distill' || kind === 'autoencoder')
        await writeCentredModel(folder, config, name, gain);
      if (kind === 'dataset' || kind === 'sample')
        await writePack(folder, side, images(`${kind} ${name}`), {
          captions,
          classNames,
          classes: captions.map((_, i) => i % classNames.length),
        });
      if (kind === 'latents') await writeRandomLatents(folder);
      return undefined;
    },
  );
}

function images(stream: string): Uint8Array[] {
  return Array.from({ length: 8 }, (_, i) =>
    Uint8Array.from(uniform(3, stream, 0, i, side * side * 3), (value) => Math.floor(256 * value)),
  );
}

export function writeRandomLatents(folder: string): Promise<void> {
  const data = normal(1, 'test/latents', 0, 0, latents.count * latents.size);
  return writeSafetensors(path.join(folder, 'latents.safetensors'), {
    mean: { shape: [latents.count, ...latents.shape], dtype: 'float32', data },
  });
}

/** Averaged weights up to half of `gain`, of which a small one keeps activations small. */
export function writeCentredModel(
  folder: string,
  config: Experiment,
  name: string,
  gain = 0.1,
): Promise<void> {
  const weights: HostTensors = Object.fromEntries(
    Object.entries(randomParams(specsOf(config, name), 1)).map(([parameter, tensor]) => [
      parameter,
      { ...tensor, data: (tensor.data as Float32Array).map((value) => gain * (value - 0.5)) },
    ]),
  );
  return writeSafetensors(path.join(folder, modelFiles.ema), weights);
}
