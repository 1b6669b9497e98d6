// How much memory a process takes that trains, predicted from the graph of its step without computing it. What it adds up was
// measured once and is held against whole processes by bench/memory.ts: on a CPU, within 15 %. On a GPU it is the device's
// memory that counts: of it nothing has been measured.
import type { Device } from '../../engine/engine-options.ts';
import { sizeOf, type TensorSpecs } from '../../engine/engine.ts';
import { plannedBytes } from '../../engine/graph/planned-bytes.ts';
import { standardOps } from '../../engine/graph/standard-ops.ts';
import { trace, type TraceSignature } from '../../engine/trace/trace.ts';
import { splitUpdates } from '../../engine/updates/split-updates.ts';
import { countParams } from '../../models/init-params.ts';
import { splitStep } from '../../optim/split-step.ts';
import { trainStep, type TrainHyperparameters } from '../../optim/train-step.ts';
import { floatBytes, weightBytes } from '../describing/estimate.ts';
import { compilableTask, type CompilableTask, type DiffusionTask } from './diffusion-task.ts';

export interface TrainingPeak {
  /** Samples that are computed at once. */
  readonly samples: number;
  /** The most that is taken at any time: by the process, or on a GPU by it there. */
  readonly bytes: number;
  /** The part of it that the tensors between the network's first and last have, backward pass included. */
  readonly activationBytes: number;
}

type PeakTask = Pick<CompilableTask, 'specs' | 'loss' | 'inputs' | 'constants'>;

const mebibyte = 2 ** 20;
/** The program, TF.js, ONNX Runtime and what tracing leaves behind. */
const processBytes = 268 * mebibyte;
/** A step in one graph: weights, two moments, average and gradient, and the weights that it started from. */
const copiesOfWeights = 6;
/** A step in parts: those, the flat gradient as ONNX Runtime gives it, and those of earlier parts that are not collected yet. */
const copiesInParts = 10;
/** Frozen weights: as they were read, in the model, and packed for its kernels. */
const copiesOfConstants = 3;
/** Channels in a block: the least that a processor has. */
const blockedChannels = 8;

/** Up to so many samples the step itself is traced, whose constants grow with them. */
const tracedSamples = 8;

/**
 * The peak with `samples` of a batch of `batchSize` at once, as a function of `samples`. Beyond a few of them, tensors of
 * samples are all that matters: the peak is a straight line through two that are traced.
 */
export function trainingPeaks(
  task: PeakTask,
  settings: TrainHyperparameters & { readonly batchSize: number },
  device: Device,
): (samples: number) => TrainingPeak {
  const known = new Map<string, TrainingPeak>();
  const traced = (samples: number, batchSize: number): TrainingPeak => {
    const name = `${samples < batchSize ? 'part' : 'whole'} of ${samples}`;
    const peak = known.get(name) ?? tracedPeak(task, { ...settings, batchSize }, samples, device);
    known.set(name, peak);
    return peak;
  };
  return (samples) => {
    const { batchSize } = settings;
    if (samples <= tracedSamples) return traced(samples, batchSize);
    // As whole batches or as parts, as is asked.
    const batchOf = (count: number): number => (samples < batchSize ? batchSize : count);
    const [less, more] = [tracedSamples / 2, tracedSamples].map((count) => traced(count, batchOf(count))) as [
      TrainingPeak,
      TrainingPeak,
    ];
    const beyond = (samples - more.samples) / (more.samples - less.samples);
    const along = (from: number, to: number): number => Math.round(to + beyond * (to - from));
    return {
      samples,
      bytes: along(less.bytes, more.bytes),
      activationBytes: along(less.activationBytes, more.activationBytes),
    };
  };
}

function tracedPeak(
  task: PeakTask,
  settings: TrainHyperparameters & { readonly batchSize: number },
  samples: number,
  device: Device,
): TrainingPeak {
  const inParts = samples < settings.batchSize;
  const [fn, signature] = stepOf(task, settings, samples);
  const weights = weightBytes(countParams(task.specs));
  const constants = sizes(task.constants);
  if (device === 'cpu') {
    const traced = trace(fn, signature, { blockedChannels, fixedBatch: true });
    const { graph } = splitUpdates(traced);
    const activationBytes = plannedBytes(graph, inParts ? [] : graph.outputs);
    const state = (inParts ? copiesInParts : copiesOfWeights) * weights;
    return {
      samples,
      activationBytes,
      bytes: processBytes + state + copiesOfConstants * constants + activationBytes,
    };
  }
  const options = { blockedChannels: 0, fixedBatch: false, polynomialAngles: true };
  // The optimizer is in the graph, and writes the next state beside the one that it reads.
  const activationBytes = plannedBytes(standardOps(trace(fn, signature, options)));
  const read = sizes(signature.inputs) + sizes(signature.state ?? {});
  return { samples, activationBytes, bytes: read + constants + activationBytes };
}

/**
 * A number that the peak on a CPU stays far below, without a trace: the features of the first level as often as no network
 * of usual depth has them, attention's weights among all pixels. For networks that are small beside the memory.
 */
export function roughPeakBytes(task: DiffusionTask, samples: number): number {
  const { specs, constants } = compilableTask(task);
  const networks = [task.unet, ...(task.distillation ? [task.distillation.teacher] : [])];
  const features = networks.reduce((sum, { imageSize, modelChannels }) => {
    const pixels = imageSize ** 2;
    return sum + samples * floatBytes * pixels * (20_000 * modelChannels + 100 * pixels);
  }, 0);
  return (
    processBytes +
    copiesInParts * weightBytes(countParams(specs)) +
    copiesOfConstants * sizes(constants) +
    features
  );
}

function stepOf(
  task: PeakTask,
  settings: TrainHyperparameters & { readonly batchSize: number },
  samples: number,
): [ReturnType<typeof trainStep>['fn'], TraceSignature] {
  const { constants } = task;
  if (samples === settings.batchSize) {
    const { fn, state, inputs } = trainStep(task, settings);
    return [fn, { state, inputs: { ...inputs, ...task.inputs(samples) }, constants }];
  }
  const { gradient } = splitStep(task, settings, samples / settings.batchSize);
  return [gradient.fn, { inputs: { ...gradient.inputs, ...task.inputs(samples) }, constants }];
}

/** Bytes of tensors, all of four bytes an element. */
function sizes(specs: Readonly<Record<string, Pick<TensorSpecs[string], 'shape'>>>): number {
  return Object.values(specs).reduce((sum, { shape }) => sum + floatBytes * sizeOf(shape), 0);
}
