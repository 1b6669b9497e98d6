// What of a stage's parameters decides its bytes. Paths become digests; settings that only pace the work (batch
// sizes of inference, checkpoint and log intervals), names, and settings that are switched off fall away.
import { InvariantError } from '../errors.ts';
import { ldmNormGroups, paperWavelet } from '../models/unet/unet-config.ts';
import { toJson, type Json } from '../files/canonical-json.ts';
import type {
  AutoencoderTrainingParams,
  CheckpointParams,
  ConditioningParams,
  DistillParams,
  ExtractorParams,
  StageParams,
  TeacherParams,
} from './stage-params.ts';

/** Digests of everything outside the configuration that a result depends on. */
export interface ContentDigests {
  /** sha256 of the images and their preprocessing. */
  readonly datasetDigest: string;
  /** The same of `evaluate.dataset`, where there is one. */
  readonly evaluationDigest?: string;
  /** sha256 of files and folders by the path that the configuration gives. */
  readonly fileDigests: Readonly<Record<string, string>>;
}

type IdentityOf<P> = (params: P, digests: ContentDigests) => unknown;

const identities: { readonly [K in keyof StageParams]: IdentityOf<StageParams[K]> } = {
  dataset: ({ use }, { datasetDigest, evaluationDigest }) => ({
    digest: use === 'training' ? datasetDigest : evaluationDigest,
  }),
  autoencoder: ({ network, train, checkpoint }, digests) => ({
    network,
    train: withoutPace(train && firstStageTraining(train, network)),
    checkpoint: checkpoint && checkpointIdentity(checkpoint, digests),
  }),
  latents: ({ network, scaleFactor, checkpoint, latentShape, sampled }, digests) => ({
    network,
    scaleFactor,
    checkpoint: checkpoint && checkpointIdentity(checkpoint, digests),
    latentShape,
    sampled,
  }),
  reference: ({ extractor, stats, count }, digests) => ({
    extractor: extractorIdentity(extractor, digests),
    stats: stats && digestOf(stats, digests),
    count,
  }),
  teacher: ({ unet, conditioning, latentShape, diffusion, train, checkpoint }, digests) => {
    const network = { unet: unetIdentity(unet), conditioning: conditioningIdentity(conditioning, digests) };
    return checkpoint
      ? { ...network, checkpoint: checkpointIdentity(checkpoint, digests) }
      : { ...network, latentShape, diffusion, train: withoutPace(train) };
  },
  distill: (params, digests) => ({
    unet: unetIdentity(params.student.unet),
    conditioning: conditioningIdentity(params.conditioning, digests),
    copyEmbedder: params.conditioning && params.copyEmbedder,
    latentShape: params.latentShape,
    diffusion: params.diffusion,
    teacherUnet: params.teacherUnet && unetIdentity(params.teacherUnet),
    distill: lossIdentity(params),
  }),
  sample: ({ unet, conditioning, network, latentShape, diffusion, sample }, digests) => {
    const { steps, eta, count, useEma, guidanceScale } = sample;
    return {
      unet: unetIdentity(unet),
      conditioning: conditioningIdentity(conditioning, digests),
      network,
      latentShape,
      diffusion,
      sample: { steps, eta, count, useEma, guidanceScale: conditioning && guidanceScale },
    };
  },
  evaluate: ({ extractor, metrics }, digests) => ({
    extractor: extractorIdentity(extractor, digests),
    metrics: [...metrics].sort(),
  }),
  analyze: ({ unet, conditioning, latentShape, diffusion, useEma, analyze }, digests) => ({
    unet: unetIdentity(unet),
    conditioning: conditioningIdentity(conditioning, digests),
    latentShape,
    diffusion,
    useEma,
    analyze: { count: analyze.count, timesteps: analyze.timesteps },
  }),
};

/** The part of `params` that enters the key of a stage of `kind`. */
export function paramsIdentity<K extends keyof StageParams>(
  kind: K,
  params: StageParams[K],
  digests: ContentDigests,
): Json {
  return toJson(identities[kind](params, digests));
}

/** Training settings that decide how often progress is saved and noted, not what is learned. */
const pace: ReadonlySet<string> = new Set(['checkpointEvery', 'logEvery']);

function withoutPace(training: object | undefined): object | undefined {
  return training && Object.fromEntries(Object.entries(training).filter(([name]) => !pace.has(name)));
}

/** Of the two regularisations, the one that the autoencoder's kind has. */
function firstStageTraining(
  { klWeight, codebookWeight, ...training }: AutoencoderTrainingParams,
  { codes }: StageParams['autoencoder']['network'],
): object {
  return { ...training, ...(codes === undefined ? { klWeight } : { codebookWeight }) };
}

function unetIdentity({ wavelet, waveletFusion, normGroups, ...unet }: TeacherParams['unet']): unknown {
  return {
    ...unet,
    waveletFusion: unet.waveletGating ? waveletFusion : undefined,
    wavelet: unet.waveletGating && wavelet !== paperWavelet ? wavelet : undefined,
    normGroups: normGroups === ldmNormGroups ? undefined : normGroups, // the same, said or left out
  };
}

/** The training settings and, of the loss, the terms that are switched on. */
function lossIdentity({ student: { spatial, freq }, distill }: DistillParams): unknown {
  const { lambdaS, lambdaF, alpha, dftNorm, weightFloor, taps, reduction, ...training } = distill;
  return {
    ...withoutPace(training),
    spatial: spatial ? { lambdaS } : undefined,
    freq: freq ? { lambdaF, alpha, dftNorm, weightFloor } : undefined,
    features: spatial || freq ? { taps, reduction } : undefined,
  };
}

/** Of a text encoder's files, their contents. */
function conditioningIdentity(
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

function checkpointIdentity({ path, prefix, ema }: CheckpointParams, digests: ContentDigests): unknown {
  return { digest: digestOf(path, digests), prefix, ema };
}

function extractorIdentity(extractor: ExtractorParams, digests: ContentDigests): unknown {
  const { kind, inputSize } = extractor;
  return {
    kind,
    inputSize,
    weights: extractor.kind === 'nsfwjs' ? undefined : digestOf(extractor.weights, digests),
  };
}

function digestOf(path: string, { fileDigests }: ContentDigests): string {
  const digest = fileDigests[path];
  if (digest === undefined) throw new InvariantError(`no digest was taken of ${path}`);
  return digest;
}
