// The inputs of stages that draw samples, as if a run had trained a model with these weights.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { HostTensors } from '../../../src/engine/engine.ts';
import { modelFiles } from '../../../src/stages/networks/model-files.ts';
import type { Artifact } from '../../../src/stages/stage.ts';
import { writeSafetensors } from '../../../src/weights/safetensors/safetensors.ts';

/** An artifact in a folder that need not be there; latents have this scale. */
export function artifactIn(dir: string): Artifact {
  return { key: path.basename(dir), dir, summary: { scaleFactor: 1 } };
}

/** Latents of which the scale alone is known, and the model, in `folder`. */
export async function trainedInputs(
  folder: string,
  weights: HostTensors,
): Promise<Readonly<Record<'latents' | 'model', Artifact>>> {
  const [latents, model] = ['latents', 'model'].map((name) => artifactIn(path.join(folder, name)));
  await mkdir(model!.dir);
  for (const name of Object.values(modelFiles)) await writeSafetensors(path.join(model!.dir, name), weights);
  return { latents: latents!, model: model! };
}
