// What of a stage's parameters decides its bytes, as far as several kinds of stages share it. Paths become digests;
// settings that only pace the work (batch sizes of inference, checkpoint and log intervals), names, and settings that
// are switched off fall away.
import { InvariantError } from '../../errors.ts';
import { ldmNormGroups, paperWavelet, type UNetConfig } from '../../models/unet/unet-config.ts';
import type { CheckpointParams, ConditioningParams, ExtractorParams } from '../params.ts';

/** Digests of everything outside the configuration that a result depends on. */
export interface ContentDigests {
  /** sha256 of the images and their preprocessing. */
  readonly datasetDigest: string;
  /** The same of `evaluate.dataset`, where there is one. */
  readonly evaluationDigest?: string;
  /** sha256 of files and folders by the path that the configuration gives. */
  readonly fileDigests: Readonly<Record<string, string>>;
}

/** Training settings that decide how often progress is saved and noted, and in which parts, not what is learned. */
const pace: ReadonlySet<string> = new Set(['checkpointEvery', 'logEvery', 'microBatch']);

export function withoutPace(training: object): object {
  return Object.fromEntries(Object.entries(training).filter(([name]) => !pace.has(name)));
}

export function unetIdentity(config: UNetConfig): unknown {
  const { wavelet, waveletFusion, waveletGates, waveletActivation, normGroups, ...unet } = config;
  const gated = unet.waveletGating;
  // What is as usual is the same, said or left out.
  return {
    ...unet,
    waveletFusion: gated ? waveletFusion : undefined,
    wavelet: gated && wavelet !== paperWavelet ? wavelet : undefined,
    waveletGates: gated && waveletGates !== 'learned' ? waveletGates : undefined,
    waveletActivation: gated && waveletActivation !== 'silu' ? waveletActivation : undefined,
    normGroups: normGroups === ldmNormGroups ? undefined : normGroups,
  };
}

/** The conditioning; the files of a text encoder stand in with their contents. */
export function conditioningIdentity(
  conditioning: ConditioningParams | undefined,
  digests: ContentDigests,
): unknown {
  if (conditioning?.textEncoder?.kind !== 'clip') return conditioning;
  const { checkpoint, vocabulary } = conditioning.textEncoder;
  return {
    ...conditioning,
    textEncoder: {
      checkpoint: checkpointIdentity(checkpoint, digests),
      vocabulary: digestOf(vocabulary, digests),
    },
  };
}

export function checkpointIdentity(
  { path, prefix, ema }: CheckpointParams,
  digests: ContentDigests,
): unknown {
  return { digest: digestOf(path, digests), prefix, ema };
}

export function extractorIdentity(extractor: ExtractorParams, digests: ContentDigests): unknown {
  const { kind, inputSize } = extractor;
  return {
    kind,
    inputSize,
    weights: extractor.kind === 'nsfwjs' ? undefined : digestOf(extractor.weights, digests),
  };
}

export function digestOf(path: string, { fileDigests }: ContentDigests): string {
  const digest = fileDigests[path];
  if (digest === undefined) throw new InvariantError(`no digest was taken of ${path}`);
  return digest;
}
