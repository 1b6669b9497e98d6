// Trainings and the memory that there is: how many samples `microBatch: auto` computes at once, and the refusal of what
// cannot fit, before anything is computed.
import type { Experiment } from '../config/types.generated.ts';
import { UserError } from '../errors.ts';
import type { Plan, PlanNode } from '../plan/plan.ts';
import { plannedTraining, type PlannedTraining } from '../stages/training-tasks.ts';
import { compilableTask } from '../stages/training/diffusion-task.ts';
import { roughPeakBytes, trainingPeaks, type TrainingPeak } from '../stages/training/training-peak.ts';
import { gibibytes, machineMemory } from './machine-memory.ts';

/** What trainings have to fit into. */
export interface Machine {
  readonly device: Experiment['device'];
  /** Undefined where nobody knows. */
  readonly memoryBytes: number | undefined;
  /** Processes that share each batch. */
  readonly ranks: number;
}

/** How a training fits. */
export interface FittedTraining {
  /** The node's. */
  readonly id: string;
  readonly batchSize: number;
  readonly peak: TrainingPeak;
  /** Whether `auto` chose the number of samples. */
  readonly chosen: boolean;
}

/** A prediction may be off by this factor, up or down (bench/memory.ts). */
const tolerance = 1.15;

/** Undefined for engines whose memory is not predicted. */
export function machineOf({ engine, device, memory }: Experiment, ranks = 1): Machine | undefined {
  if (engine !== 'onnx') return undefined;
  const known = memory === undefined ? undefined : memory * 2 ** 30;
  return { device, memoryBytes: known ?? (device === 'cpu' ? machineMemory() : undefined), ranks };
}

/** The predicted peak of the training that a node does, and its parameters as decided; undefined where it trains no noise predictor. */
export function fitTraining(
  node: PlanNode,
  machine: Machine,
): { readonly fitted: FittedTraining; readonly node: PlanNode } | undefined {
  const training = plannedTraining(node.kind, node.params);
  return training && fit(node, training, machine);
}

/**
 * `plan` with `microBatch` decided for the nodes that `runs` accepts. Throws UserError('usage') for a training that cannot
 * fit into the memory.
 */
export function fitPlan(
  plan: Plan,
  machine: Machine,
  runs: (node: PlanNode) => boolean,
): { readonly plan: Plan; readonly trainings: readonly FittedTraining[] } {
  const trainings: FittedTraining[] = [];
  const nodes = plan.nodes.map((node) => {
    const training = runs(node) ? plannedTraining(node.kind, node.params) : undefined;
    if (training === undefined || isFarBelow(training, machine)) return node;
    const found = fit(node, training, machine);
    if (isTooLarge(found.fitted, machine)) throw tooLarge(found.fitted, training, machine);
    trainings.push(found.fitted);
    return found.node;
  });
  return { plan: { ...plan, nodes }, trainings };
}

/** Whether even a favourable error of the prediction leaves no room. */
export function isTooLarge({ peak }: FittedTraining, { memoryBytes = Infinity }: Machine): boolean {
  return peak.bytes > tolerance * memoryBytes;
}

/** Whether a training with a given number of samples needs no closer look. */
function isFarBelow({ tasks, settings }: PlannedTraining, { memoryBytes = Infinity }: Machine): boolean {
  const { batchSize, microBatch = batchSize } = settings;
  if (microBatch === 'auto') return false;
  return tasks.every((task) => roughPeakBytes(task, microBatch) < memoryBytes);
}

function fit(
  node: PlanNode,
  { tasks, settings, inParts }: PlannedTraining,
  machine: Machine,
): { readonly fitted: FittedTraining; readonly node: PlanNode } {
  const { batchSize, microBatch } = settings;
  const share = batchSize / machine.ranks;
  const peaks = tasks.map((task) => trainingPeaks(compilableTask(task), settings, machine.device));
  const peakOf = (samples: number): TrainingPeak =>
    peaks.map((peak) => peak(samples)).reduce((a, b) => (b.bytes > a.bytes ? b : a));
  const chosen = microBatch === 'auto';
  const samples = chosen
    ? largest(divisors(share), (part) => tolerance * peakOf(part).bytes <= (machine.memoryBytes ?? 0))
    : Math.min(microBatch ?? share, share);
  const fitted = { id: node.id, batchSize, peak: peakOf(samples), chosen };
  // The parameters are those of the node's kind, with another number in them.
  return { fitted, node: chosen ? { ...node, params: inParts(samples) as PlanNode['params'] } : node };
}

/** The largest of ascending numbers that `fits` accepts, which accepts all smaller ones, too; the first where it accepts none. */
function largest(ascending: readonly number[], fits: (value: number) => boolean): number {
  const all = ascending.at(-1)!;
  if (fits(all)) return all;
  let [low, high] = [0, ascending.length - 1];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(ascending[middle]!)) low = middle;
    else high = middle;
  }
  return ascending[low]!;
}

function divisors(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i + 1).filter((part) => n % part === 0);
}

function tooLarge(
  { id, peak: { samples, bytes }, chosen }: FittedTraining,
  { key }: PlannedTraining,
  { memoryBytes = Infinity, device }: Machine,
): UserError {
  const more = device === 'cpu' ? 'take a machine with more memory' : 'take a GPU with more memory';
  return new UserError(
    'usage',
    `${id} is predicted to take ${gibibytes(bytes)} with ${samples} ${samples === 1 ? 'sample' : 'samples'} at once, of ${gibibytes(memoryBytes)} that there are`,
    {
      hint:
        chosen || samples === 1
          ? `make the network smaller, or ${more}`
          : `set ${key}.microBatch=auto, which computes as many samples at once as fit, or ${more} (memory=<GiB> says how much there is)`,
    },
  );
}
