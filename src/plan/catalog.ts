// The kinds of stages as data: what each draws its random numbers under, and what training holds in memory and on disk.
import {
  contextWidth,
  idsPerSample,
  type ConditionerConfig,
} from '../models/conditioner/conditioner-config.ts';
import { streamKey } from '../rng/stream-key.ts';
import type { LatentsParams, StageKind } from './stage-params.ts';

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
  analyze: 'stage/analyze',
};

/** The 32-bit seed of a kind of stage in an experiment with `seed`; undefined where nothing is random. */
export function stageSeed(seed: number, kind: StageKind): number | undefined {
  const stream = seedStreams[kind];
  return stream === undefined ? undefined : streamKey(seed, stream)[0];
}

/** Whether images have a posterior, as KL autoencoders give it, and all of it is kept: means and standard deviations. */
export function keepsMoments({ network, sampled }: Pick<LatentsParams, 'network' | 'sampled'>): boolean {
  return network !== undefined && network.codes === undefined && sampled !== true;
}

/** Bytes of latents that training holds in memory; of larger data sets, batches are read from disk. */
export const latentsInMemory = 2 ** 28;

const gibibyte = 2 ** 30;

/** How many contexts of a frozen text encoder training keeps on disk, that of no caption among them. */
export function captionsKept(cacheGiB: number, network: ConditionerConfig): number {
  return Math.floor((cacheGiB * gibibyte) / contextBytes(network));
}

/** Of one context in float32. */
export function contextBytes(network: ConditionerConfig): number {
  return idsPerSample(network) * contextWidth(network) * Float32Array.BYTES_PER_ELEMENT;
}
