// What each stage of a plan asks of a machine, by the descriptions of the stages, and sums over them.
import { catalog } from '../stages/catalog.ts';
import type { AnyDescription } from '../stages/describing/description.ts';
import type { Estimate, CostModel } from '../stages/describing/estimate.ts';
import type { PlanNode } from './plan.ts';

export interface StageEstimate extends Estimate {
  readonly id: string;
}

export interface EstimateInputs {
  readonly costs: CostModel;
  /** Images by id of the dataset's node; absent where nobody knows. */
  readonly images: Readonly<Record<string, number | undefined>>;
}

/** What an estimate needs to know of a node. */
export type EstimatedNode = Pick<PlanNode, 'id' | 'kind' | 'params' | 'inputs'>;

/** Estimates of all stages, in the order of the plan. */
export function estimatePlan(
  plan: { readonly nodes: readonly EstimatedNode[] },
  { costs, images }: EstimateInputs,
): StageEstimate[] {
  const nodes = new Map(plan.nodes.map((node) => [node.id, node]));
  return plan.nodes.map((node) => {
    const given = Object.entries(node.inputs).map(([name, id]) => [name, nodes.get(id)!] as const);
    const around = {
      costs,
      images: images[datasetBehind(node, nodes)?.id ?? ''],
      inputs: Object.fromEntries(given.map(([name, { params }]) => [name, params])),
    };
    const description: AnyDescription = catalog[node.kind];
    // The plan gives each kind the parameters and the inputs of its kind.
    return { id: node.id, ...description.estimate(node.params as never, around as never) };
  });
}

/** The data set that a stage works on: itself, its input, or that of its latents. */
function datasetBehind(
  node: EstimatedNode,
  nodes: ReadonlyMap<string, EstimatedNode>,
): EstimatedNode | undefined {
  if (node.kind === catalog.dataset.kind) return node;
  const { dataset, latents } = node.inputs;
  const next = nodes.get(dataset ?? latents ?? '');
  return next && datasetBehind(next, nodes);
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
