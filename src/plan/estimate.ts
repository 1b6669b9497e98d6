// What each stage of a plan asks of a machine: passes through networks, floating-point operations, disk and memory.
// Pure arithmetic over the plan; what the networks cost and how many images there are comes in as arguments.
import type { AutoencoderConfig } from '../models/autoencoder/autoencoder-config.ts';
import { idsPerSample, type ConditionerConfig } from '../models/conditioner/conditioner-config.ts';
import type { UNetConfig } from '../models/unet/unet-config.ts';
import { ddimTimesteps } from '../diffusion/schedule.ts';
import { captionsKept, contextBytes, keepsMoments, latentsInMemory } from './catalog.ts';
import type { Plan, PlanNode } from './plan.ts';
import type {
  ConditioningParams,
  DistillParams,
  ExtractorParams,
  StageKind,
  StageParams,
} from './stage-params.ts';

/** Of one forward pass of one sample, in the convention of the paper's tables; attention's products apart. */
export interface PassCost {
  readonly params: number;
  readonly macs: number;
  readonly attentionMacs: number;
}

/** Costs of the networks that stages use. */
export interface NetworkCosts {
  unet(config: UNetConfig, contextTokens: number): PassCost;
  /** Both halves share their parameters' count: that of the whole autoencoder. */
  encoder(network: AutoencoderConfig): PassCost;
  decoder(network: AutoencoderConfig): PassCost;
  conditioner(config: ConditionerConfig): PassCost;
  extractor(extractor: ExtractorParams): PassCost;
  /** The 1x1 convolutions that distillation trains with the student. */
  alignment(teacher: UNetConfig, student: UNetConfig, taps: DistillParams['distill']['taps']): PassCost;
}

export interface EstimateInputs {
  readonly costs: NetworkCosts;
  /** Images by id of the dataset's node; absent where nobody knows. */
  readonly images: Readonly<Record<string, number | undefined>>;
}

/** How often the stage's network runs. `count` is undefined where the number of images is not known. */
export type Amount =
  | { readonly unit: 'steps'; readonly count: number; readonly batchSize: number }
  | {
      readonly unit: 'images';
      readonly count: number | undefined;
      /** Time steps of each image, in sampling. */
      readonly timeSteps?: number;
      /** Two predictions in each time step (classifier-free guidance). */
      readonly guided?: boolean;
    };

export interface StageEstimate {
  readonly id: string;
  /** The network that the stage trains, loads or runs: one forward pass of one sample. */
  readonly network?: PassCost;
  readonly amount?: Amount;
  /** Floating-point operations of the whole stage, two per multiply-add. Undefined: not known. */
  readonly flop: number | undefined;
  /** Bytes that stay in the store. */
  readonly diskBytes: number | undefined;
  /** Bytes on disk while the stage runs, beside those: checkpoints and unfinished results. */
  readonly scratchBytes: number | undefined;
  /** Weights, optimizer state and data held in memory; activations come on top. */
  readonly memoryBytes: number | undefined;
}

type Estimate = Omit<StageEstimate, 'id'>;

/** What a stage's estimate is made from besides its parameters. */
interface Surroundings {
  readonly costs: NetworkCosts;
  /** Images of the data set behind the stage. */
  readonly images: number | undefined;
  /** The latents that training reads; undefined where the stage reads none. */
  readonly latents?: StageParams['latents'];
  readonly samples?: number;
}

const floatBytes = 4;
const channels = 3;
/** Parameters, two moments and the average. */
const trainingCopies = 4;
/** Weights and averaged weights. */
const modelFiles = 2;
/** Length of Inception-v3's feature vector. */
const featureLength = 2048;
/** A training step costs three forward passes: one, and twice as much for the gradients of inputs and of weights. */
const passesOfTraining = 3;

/** Estimates of all stages, in the order of the plan. */
export function estimatePlan(plan: Plan, { costs, images }: EstimateInputs): StageEstimate[] {
  const nodes = new Map(plan.nodes.map((node) => [node.id, node]));
  const input = (node: PlanNode, name: string): PlanNode | undefined => nodes.get(node.inputs[name] ?? '');
  return plan.nodes.map((node) => {
    const latents = input(node, 'latents');
    const origin =
      node.kind === 'dataset' ? node : (input(node, 'dataset') ?? (latents && input(latents, 'dataset')));
    const sample = input(node, 'sample')?.params as StageParams['sample'] | undefined;
    const surroundings: Surroundings = {
      costs,
      images: images[origin?.id ?? ''],
      ...(latents && { latents: latents.params as StageParams['latents'] }),
      ...(sample && { samples: sample.sample.count }),
    };
    const estimate = estimates[node.kind] as (params: PlanNode['params'], around: Surroundings) => Estimate;
    return { id: node.id, ...estimate(node.params, surroundings) };
  });
}

const estimates: { readonly [K in StageKind]: (params: StageParams[K], around: Surroundings) => Estimate } = {
  dataset: ({ dataset: { size } }, { images }) => ({
    amount: { unit: 'images', count: images },
    flop: 0,
    diskBytes: times(images, imageBytes(size)),
    scratchBytes: 0,
    memoryBytes: 0,
  }),
  autoencoder({ network, train }, { costs }) {
    const [encoder, decoder] = [costs.encoder(network), costs.decoder(network)];
    const cost = { ...sum(encoder, decoder), params: encoder.params };
    return train === undefined ? loaded(cost) : trained(cost, passesOfTraining * flopOf(cost), train, 0, 0);
  },
  latents(params, { costs, images }) {
    const cost = params.network && costs.encoder(params.network);
    const data = latentsBytes(params, images);
    return {
      ...(cost && { network: cost }),
      amount: { unit: 'images', count: images },
      flop: times(images, cost ? flopOf(cost) : 0),
      diskBytes: data,
      scratchBytes: 0,
      memoryBytes: weightBytes(cost?.params),
    };
  },
  reference({ extractor, stats, count: first }, { costs, images }) {
    const cost = costs.extractor(extractor);
    const count = first === 0 ? images : Math.min(first, images ?? first);
    const scored = stats === undefined ? count : 0;
    const statistics = (featureLength + 1) * featureLength * Float64Array.BYTES_PER_ELEMENT;
    const features = times(scored, featureLength * floatBytes);
    return {
      network: cost,
      amount: { unit: 'images', count: scored },
      flop: times(scored, flopOf(cost)),
      diskBytes: add(features, statistics),
      scratchBytes: features,
      memoryBytes: weightBytes(cost.params),
    };
  },
  teacher({ unet, conditioning, train }, { costs, ...around }) {
    const cost = costs.unet(unet, tokensOf(conditioning));
    const told = conditionCost(costs, conditioning);
    const own = isFrozen(conditioning) ? 0 : told.params;
    if (train === undefined) return loaded(cost, own);
    const flop = passesOfTraining * (flopOf(cost) + (isFrozen(conditioning) ? 0 : flopOf(told)));
    const held = add(heldLatents(around), weightBytes(told.params - own));
    const estimate = trained(cost, flop, train, own, held);
    return withCaptions(estimate, conditioning, told, train, around.images);
  },
  distill({ student, conditioning, copyEmbedder, teacherUnet, distill }, { costs, ...around }) {
    const cost = costs.unet(student.unet, tokensOf(conditioning));
    const told = conditionCost(costs, conditioning);
    const fixed = isFrozen(conditioning) || copyEmbedder;
    const teacher = teacherUnet && costs.unet(teacherUnet, tokensOf(conditioning));
    const align = teacherUnet && costs.alignment(teacherUnet, student.unet, distill.taps);
    // A teacher with an embedder of its own computes its own context.
    const toldAgain = teacher && !isFrozen(conditioning) ? told : nothing;
    const flop =
      passesOfTraining * (flopOf(cost) + flopOf(align ?? nothing)) +
      (isFrozen(conditioning) ? 0 : fixed ? 1 : passesOfTraining) * flopOf(told) +
      flopOf(teacher ?? nothing) +
      flopOf(toldAgain);
    const frozen = (teacher?.params ?? 0) + toldAgain.params + (fixed ? told.params : 0);
    const extra = (align?.params ?? 0) + (fixed ? 0 : told.params);
    const estimate = trained(cost, flop, distill, extra, add(heldLatents(around), weightBytes(frozen)));
    return withCaptions(estimate, conditioning, told, distill, around.images);
  },
  sample({ unet, conditioning, network, latentShape, diffusion, sample }, { costs }) {
    const cost = costs.unet(unet, tokensOf(conditioning));
    const told = conditionCost(costs, conditioning);
    const decoder = network ? costs.decoder(network) : nothing;
    const timeSteps = ddimTimesteps(diffusion.timesteps, sample.steps).length;
    const guided = conditioning !== undefined && sample.guidanceScale !== 1;
    // Frozen encoders are asked once, others are part of the model.
    const [before, within] = isFrozen(conditioning) ? [flopOf(told), 0] : [0, flopOf(told)];
    const perImage = before + timeSteps * (guided ? 2 : 1) * (flopOf(cost) + within) + flopOf(decoder);
    const bytes = sample.count * imageBytes(latentShape[1] * factorOf(network));
    return {
      network: cost,
      amount: { unit: 'images', count: sample.count, timeSteps, ...(guided && { guided }) },
      flop: sample.count * perImage,
      diskBytes: bytes,
      scratchBytes: bytes,
      memoryBytes: weightBytes(cost.params + told.params + decoder.params),
    };
  },
  evaluate({ extractor }, { costs, samples = 0 }) {
    const cost = costs.extractor(extractor);
    return {
      network: cost,
      amount: { unit: 'images', count: samples },
      flop: samples * flopOf(cost),
      diskBytes: 0,
      scratchBytes: 2 * samples * featureLength * floatBytes, // in pieces, and joined
      memoryBytes: weightBytes(cost.params),
    };
  },
  analyze({ unet, conditioning, analyze: { count: most, timesteps } }, { costs, images }) {
    const cost = costs.unet(unet, tokensOf(conditioning));
    const told = conditionCost(costs, conditioning);
    const count = Math.min(most, images ?? most);
    return {
      network: cost,
      amount: { unit: 'images', count, timeSteps: timesteps },
      flop: count * timesteps * (flopOf(cost) + flopOf(told)),
      diskBytes: 0,
      scratchBytes: 0,
      memoryBytes: weightBytes(cost.params + told.params),
    };
  },
};

/** A network that is read from a checkpoint, with `extra` parameters beside it. */
function loaded(cost: PassCost, extra = 0): Estimate {
  const bytes = weightBytes(cost.params + extra);
  return { network: cost, flop: 0, diskBytes: modelFiles * bytes, scratchBytes: 0, memoryBytes: bytes };
}

/**
 * A network that is trained, `extra` parameters with it; `flop` of one sample, `held` bytes of other data. In memory are
 * the state, which is updated in place, and the gradients; on disk the old checkpoint goes when the new one is there.
 */
function trained(
  cost: PassCost,
  flop: number,
  { steps, batchSize }: { readonly steps: number; readonly batchSize: number },
  extra: number,
  held: number | undefined,
): Estimate {
  const bytes = weightBytes(cost.params + extra);
  const checkpoint = trainingCopies * bytes;
  return {
    network: cost,
    amount: { unit: 'steps', count: steps, batchSize },
    flop: steps * batchSize * flop,
    diskBytes: modelFiles * bytes,
    scratchBytes: 2 * checkpoint,
    memoryBytes: add(checkpoint + bytes, held),
  };
}

/** Training with the captions that a frozen encoder encodes: those that the cache takes once, others in every batch. */
function withCaptions(
  estimate: Estimate,
  conditioning: ConditioningParams | undefined,
  told: PassCost,
  { steps, batchSize }: { readonly steps: number; readonly batchSize: number },
  images = Infinity,
): Estimate {
  if (conditioning?.textEncoder?.kind !== 'clip') return estimate;
  const { network, textEncoder } = conditioning;
  const kept = Math.min(captionsKept(textEncoder.cacheGiB, network), images + 1); // and that of no caption
  const share = kept / (images + 1);
  const drawn = steps * batchSize;
  const encoded = drawn * (1 - share) + Math.min(drawn * share, kept);
  return {
    ...estimate,
    flop: add(estimate.flop, encoded * flopOf(told)),
    scratchBytes: add(estimate.scratchBytes, kept * contextBytes(network)),
  };
}

const nothing: PassCost = { params: 0, macs: 0, attentionMacs: 0 };

function sum(a: PassCost, b: PassCost): PassCost {
  return {
    params: a.params + b.params,
    macs: a.macs + b.macs,
    attentionMacs: a.attentionMacs + b.attentionMacs,
  };
}

/** Floating-point operations of one pass of one sample. */
function flopOf({ macs, attentionMacs }: PassCost): number {
  return 2 * (macs + attentionMacs);
}

function tokensOf(conditioning: ConditioningParams | undefined): number {
  return conditioning === undefined ? 1 : idsPerSample(conditioning.network);
}

function conditionCost(costs: NetworkCosts, conditioning: ConditioningParams | undefined): PassCost {
  return conditioning === undefined ? nothing : costs.conditioner(conditioning.network);
}

/** Whether nobody trains the conditioner: it has a checkpoint of its own. */
function isFrozen(conditioning: ConditioningParams | undefined): boolean {
  return conditioning?.textEncoder?.kind === 'clip';
}

/** RGB, one byte a channel. */
function imageBytes(side: number): number {
  return side * side * channels;
}

function factorOf(network: AutoencoderConfig | undefined): number {
  return 2 ** ((network?.channelMult.length ?? 1) - 1);
}

function weightBytes(params = 0): number {
  return params * floatBytes;
}

function latentsBytes(params: StageParams['latents'], images: number | undefined): number | undefined {
  const size = params.latentShape.reduce((product, extent) => product * extent, 1);
  return times(images, size * floatBytes * (keepsMoments(params) ? 2 : 1));
}

/** What training holds of the latents: all of a small data set, else about a batch. */
function heldLatents({ latents, images }: Pick<Surroundings, 'latents' | 'images'>): number | undefined {
  const bytes = latents && latentsBytes(latents, images);
  return bytes === undefined || bytes <= latentsInMemory ? bytes : 0;
}

function times(count: number | undefined, each: number): number | undefined {
  return count === undefined ? undefined : count * each;
}

function add(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}

export interface Totals {
  readonly flop: number;
  readonly diskBytes: number;
  /** The most that one stage holds on disk beside its results. */
  readonly scratchBytes: number;
  /** The most that one stage holds in memory, activations apart. */
  readonly memoryBytes: number;
  /** Whether some stage's part is not known: then these are lower bounds. */
  readonly isLowerBound: boolean;
}

/** Sums over stages; memory and scratch space are needed by one stage at a time. */
export function totalOf(stages: readonly StageEstimate[]): Totals {
  const known = (pick: (stage: StageEstimate) => number | undefined): number[] =>
    stages.map(pick).filter((value) => value !== undefined);
  const total = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
  return {
    flop: total(known(({ flop }) => flop)),
    diskBytes: total(known(({ diskBytes }) => diskBytes)),
    scratchBytes: Math.max(0, ...known(({ scratchBytes }) => scratchBytes)),
    memoryBytes: Math.max(0, ...known(({ memoryBytes }) => memoryBytes)),
    isLowerBound: stages.some(({ flop, diskBytes, memoryBytes }) =>
      [flop, diskBytes, memoryBytes].includes(undefined),
    ),
  };
}

/** Hours of a device that sustains `tflops` (10^12 operations a second). */
export function deviceHours(flop: number, tflops: number): number {
  return flop / (tflops * 1e12) / 3600;
}
