// How fast this machine trains, where its store does not tell: a network of the plan is trained for five seconds.
import type { Engine } from '../engine/engine.ts';
import type { PlanNode } from '../plan/plan.ts';
import { flopOf, passesOfTraining, tokensOf } from '../stages/describing/estimate.ts';
import { distill } from '../stages/kinds/distill/describe.ts';
import { teacher } from '../stages/kinds/teacher/describe.ts';
import { secondsPerStep, type TriedTraining } from '../stages/training/training-speed.ts';
import type { PlannedStage } from './planned-run.ts';

/** Larger batches take more memory and are not faster by much. */
const mostSamples = 16;
/** Larger networks take long to compile. */
const mostParams = 40e6;

const usualTrial = 5;

/** Operations a second; undefined where none of `stages` trains a noise predictor. */
export async function trainingRate(
  stages: readonly PlannedStage[],
  engine: () => Promise<Engine>,
  signal: AbortSignal,
  trialSeconds = usualTrial,
): Promise<number | undefined> {
  const trained = stages.flatMap(({ node, estimate: { network, flop = 0 } }) => {
    const tried = triedTraining(node);
    return tried && network ? [{ tried, network, work: flop }] : [];
  });
  // Small networks compute less in a second than large ones: the one with most to do tells most.
  const [longest] = trained
    .filter(({ network }) => network.params <= mostParams)
    .sort((a, b) => b.work - a.work);
  const [smallest] = trained.sort((a, b) => a.network.params - b.network.params);
  const chosen = longest ?? smallest;
  if (chosen === undefined) return undefined;
  const { tried, network } = chosen;
  const flop = passesOfTraining * flopOf(network) * tried.batchSize;
  return flop / (await secondsPerStep(await engine(), tried, { signal, trialSeconds }));
}

function triedTraining(node: PlanNode): TriedTraining | undefined {
  if (isOf(node, distill)) {
    const { student, distill: settings, ...params } = node.params;
    return { ...common(params), settings, unet: student.unet, batchSize: batchOf(settings) };
  }
  if (!isOf(node, teacher) || node.params.train === undefined) return undefined;
  const { unet, train, ...params } = node.params;
  return { ...common(params), settings: train, unet, batchSize: batchOf(train) };
}

function common({
  diffusion,
  conditioning,
}: Pick<PlanNode<'teacher'>['params'], 'diffusion' | 'conditioning'>): Pick<
  TriedTraining,
  'diffusion' | 'contextTokens'
> {
  return { diffusion, contextTokens: tokensOf(conditioning) };
}

function batchOf({ batchSize }: { readonly batchSize: number }): number {
  return Math.min(batchSize, mostSamples);
}

function isOf<K extends PlanNode['kind']>(
  node: PlanNode,
  { kind }: { readonly kind: K },
): node is PlanNode<K> & PlanNode {
  return node.kind === kind;
}
