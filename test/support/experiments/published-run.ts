// A store as if a run had ended, but for its evaluations: random weights of all networks, random images and samples.
import path from 'node:path';
import { loadExperiment } from '../../../src/config/load.ts';
import type { HostTensors } from '../../../src/engine/engine.ts';
import { networkOf } from '../../../src/export/experiment-networks.ts';
import { normal, uniform } from '../../../src/rng/noise.ts';
import { preparePlan } from '../../../src/runner/prepare-plan.ts';
import { modelFiles } from '../../../src/stages/networks/model-files.ts';
import { stages } from '../../../src/stages/registry.ts';
import { openStore } from '../../../src/store/store.ts';
import { writeSafetensors } from '../../../src/weights/safetensors/safetensors.ts';
import { fakeSummaries } from '../stages/fake-stages.ts';
import { writePack } from '../stages/written-pack.ts';
import { randomParams } from './random-networks.ts';

/** Side of the images. */
export const side = 16;
const classNames = ['bird', 'cat', 'dog'];
const captions = Array.from({ length: 8 }, (_, i) => `picture ${i}`);
const latents = { count: 6, shape: [2, 8, 8], size: 128 } as const;

/** Publishes all that a run would, but evaluations: weights up to half of `gain`, of which a small one keeps activations small, and random images. */
export async function publishRun(experiment: string, dir: string, gain = 0.1): Promise<void> {
  const { config } = await loadExperiment(experiment);
  const store = openStore(dir);
  await store.prepare();
  const { nodes } = await preparePlan({ config, store, stages });
  for (const { key, kind, name } of nodes) {
    if (['evaluate', 'reference'].includes(kind) || (await store.find(key)) !== undefined) continue;
    const lock = await store.lock(key);
    const folder = await store.outputDir(key);
    if (kind === 'teacher' || kind === 'distill' || kind === 'autoencoder')
      await writeSafetensors(path.join(folder, modelFiles.ema), centredParams(config, name, gain));
    if (kind === 'dataset' || kind === 'sample')
      await writePack(folder, side, images(`${kind} ${name}`), {
        captions,
        classNames,
        classes: captions.map((_, i) => i % classNames.length),
      });
    if (kind === 'latents') {
      const data = normal(1, 'test/latents', 0, 0, latents.count * latents.size);
      await writeSafetensors(path.join(folder, 'latents.safetensors'), {
        mean: { shape: [latents.count, ...latents.shape], dtype: 'float32', data },
      });
    }
    await store.publish(key, {
      ...{ kind, name, stageVersion: 1, params: {}, inputs: {} },
      ...{ summary: fakeSummaries[kind], seconds: 0 },
    });
    await lock.release();
  }
}

function images(stream: string): Uint8Array[] {
  return Array.from({ length: 8 }, (_, i) =>
    Uint8Array.from(uniform(3, stream, 0, i, side * side * 3), (value) => Math.floor(256 * value)),
  );
}

function centredParams(config: Parameters<typeof networkOf>[0], name: string, gain: number): HostTensors {
  const specs = networkOf(config, name).components.flatMap((component) => component.specs);
  return Object.fromEntries(
    Object.entries(randomParams(specs, 1)).map(([parameter, tensor]) => [
      parameter,
      { ...tensor, data: (tensor.data as Float32Array).map((value) => gain * (value - 0.5)) },
    ]),
  );
}
