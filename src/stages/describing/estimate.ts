// What stages ask of a machine: passes through networks, floating-point operations, disk and memory. Pure arithmetic that
// the descriptions of stages share; what the networks cost and how many images there are comes in as arguments.
import type { AutoencoderConfig } from '../../models/autoencoder/autoencoder-config.ts';
import {
  contextWidth,
  idsPerSample,
  type ConditionerConfig,
} from '../../models/conditioner/conditioner-config.ts';
import type { UNetConfig } from '../../models/unet/unet-config.ts';
import type { ConditioningParams, DistillSettings, ExtractorParams } from '../params.ts';

/** The cost of one forward pass of one sample, in the convention of the paper's tables; attention's products apart. */
export interface PassCost {
  readonly params: number;
  readonly macs: number;
  readonly attentionMacs: number;
}

/** Costs of the networks that stages use. */
export interface CostModel {
  unet(config: UNetConfig, contextTokens: number): PassCost;
  /** Both halves share their parameters' count: that of the whole autoencoder. */
  encoder(network: AutoencoderConfig): PassCost;
  decoder(network: AutoencoderConfig): PassCost;
  conditioner(config: ConditionerConfig): PassCost;
  extractor(extractor: ExtractorParams): PassCost;
  /** The 1x1 convolutions that distillation trains with the student. */
  alignment(teacher: UNetConfig, student: UNetConfig, taps: DistillSettings['taps']): PassCost;
}

/** How often the stage's network runs. `count` is undefined where the number of images is not known. */
export type Amount =
  | { readonly unit: 'steps'; readonly count: number; readonly batchSize: number }
  | {
      readonly unit: 'images';
      readonly count: number | undefined;
      /** Time steps of each image, in sampling. */
      readonly timeSteps?: number;
      /** Noise predictions of each image in them, guidance's apart; absent where there is one in each. */
      readonly evaluations?: number;
      /** Two predictions in each time step (classifier-free guidance). */
      readonly guided?: boolean;
    };

/** What one stage asks for. */
export interface Estimate {
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

export const floatBytes = 4;
const channels = 3;
/** Parameters, two moments and the average. */
const trainingCopies = 4;
/** Weights and averaged weights. */
const modelFiles = 2;
/** Length of Inception-v3's feature vector. */
export const featureLength = 2048;
/** A training step costs three forward passes: one, and twice as much for the gradients of inputs and of weights. */
export const passesOfTraining = 3;

/** A network that is read from a checkpoint, with `extra` parameters beside it. */
export function loaded(cost: PassCost, extra = 0): Estimate {
  const bytes = weightBytes(cost.params + extra);
  return { network: cost, flop: 0, diskBytes: modelFiles * bytes, scratchBytes: 0, memoryBytes: bytes };
}

/**
 * A network that is trained, `extra` parameters with it; `flop` of one sample, `held` bytes of other data. In memory are
 * the state, which is updated in place, and the gradients; on disk the old checkpoint goes when the new one is there.
 */
export function trained(
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
export function withCaptions(
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

export const nothing: PassCost = { params: 0, macs: 0, attentionMacs: 0 };

export function sum(a: PassCost, b: PassCost): PassCost {
  return {
    params: a.params + b.params,
    macs: a.macs + b.macs,
    attentionMacs: a.attentionMacs + b.attentionMacs,
  };
}

/** Floating-point operations of one pass of one sample. */
export function flopOf({ macs, attentionMacs }: PassCost): number {
  return 2 * (macs + attentionMacs);
}

export function tokensOf(conditioning: ConditioningParams | undefined): number {
  return conditioning === undefined ? 1 : idsPerSample(conditioning.network);
}

export function conditionCost(costs: CostModel, conditioning: ConditioningParams | undefined): PassCost {
  return conditioning === undefined ? nothing : costs.conditioner(conditioning.network);
}

/** Whether nobody trains the conditioner: it has a checkpoint of its own. */
export function isFrozen(conditioning: ConditioningParams | undefined): boolean {
  return conditioning?.textEncoder?.kind === 'clip';
}

/** RGB, one byte a channel. */
export function imageBytes(side: number): number {
  return side * side * channels;
}

export function factorOf(network: AutoencoderConfig | undefined): number {
  return 2 ** ((network?.channelMult.length ?? 1) - 1);
}

export function weightBytes(params = 0): number {
  return params * floatBytes;
}

export function times(count: number | undefined, each: number): number | undefined {
  return count === undefined ? undefined : count * each;
}

export function add(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}

const gibibyte = 2 ** 30;

/** How many contexts of a frozen text encoder training keeps on disk, that of no caption among them. */
export function captionsKept(cacheGiB: number, network: ConditionerConfig): number {
  return Math.floor((cacheGiB * gibibyte) / contextBytes(network));
}

/** Bytes of one context in float32. */
function contextBytes(network: ConditionerConfig): number {
  return idsPerSample(network) * contextWidth(network) * Float32Array.BYTES_PER_ELEMENT;
}
