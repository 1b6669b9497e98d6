// All kinds of stages, as data. A new kind is a folder under kinds/, one row here, one in registry.ts, and its node in
// plan/compile.ts or, for what is measured beside a run, in plan/probes.ts.
//
// All students share the stream `stage/distill`, so they see the same images, timesteps and noise in the same order; all
// models share `stage/sample`, so their samples start from the same noise: comparisons are paired.
import { streamKey } from '../rng/stream-key.ts';
import type { ParamsOf } from './describing/description.ts';
import { analyze } from './kinds/analyze/describe.ts';
import { autoencoder } from './kinds/autoencoder/describe.ts';
import { convergence } from './kinds/convergence/describe.ts';
import { dataset } from './kinds/dataset/describe.ts';
import { distill } from './kinds/distill/describe.ts';
import { evaluate } from './kinds/evaluate/describe.ts';
import { floor } from './kinds/floor/describe.ts';
import { fourier } from './kinds/fourier/describe.ts';
import { latents } from './kinds/latents/describe.ts';
import { quantize } from './kinds/quantize/describe.ts';
import { reference } from './kinds/reference/describe.ts';
import { sample } from './kinds/sample/describe.ts';
import { teacher } from './kinds/teacher/describe.ts';
import { trajectory } from './kinds/trajectory/describe.ts';

export const catalog = {
  dataset,
  autoencoder,
  latents,
  reference,
  teacher,
  distill,
  quantize,
  sample,
  evaluate,
  floor,
  analyze,
  fourier,
  trajectory,
  convergence,
} as const;

export type StageKind = keyof typeof catalog;
export type StageParams = { readonly [K in StageKind]: ParamsOf<(typeof catalog)[K]> };

/** The 32-bit seed of a kind of stage in an experiment with `seed`; undefined where nothing is random. */
export function stageSeed(seed: number, kind: StageKind): number | undefined {
  const { seedStream } = catalog[kind];
  return seedStream === undefined ? undefined : streamKey(seed, seedStream)[0];
}

/** Whether the seed of the students decides the bytes of a stage of this kind and name. */
export function isOfStudent(kind: StageKind, name: string): boolean {
  return catalog[kind].scope === 'model' && name !== 'teacher';
}

export function isStageKind(kind: string): kind is StageKind {
  return kind in catalog;
}
