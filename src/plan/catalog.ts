// The kinds of stages as data: what each draws its random numbers under.
import { streamKey } from '../rng/stream-key.ts';
import type { StageKind } from './stage-params.ts';

/**
 * Seed streams. All students share `stage/distill`, so they see the same images, timesteps and noise in the same
 * order; all models share `stage/sample`, so their samples start from the same noise: comparisons are paired.
 * Kinds without a stream draw no random numbers; their artifacts are the same for every seed.
 */
export const seedStreams: Readonly<Partial<Record<StageKind, string>>> = {
  autoencoder: 'stage/autoencoder',
  latents: 'stage/latents',
  teacher: 'stage/teacher',
  distill: 'stage/distill',
  sample: 'stage/sample',
  evaluate: 'stage/evaluate',
};

/** The 32-bit seed of a kind of stage in an experiment with `seed`; undefined where nothing is random. */
export function stageSeed(seed: number, kind: StageKind): number | undefined {
  const stream = seedStreams[kind];
  return stream === undefined ? undefined : streamKey(seed, stream)[0];
}
