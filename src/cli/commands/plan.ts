// `sdx plan`: which stages an experiment has, which are in the store, why the others will run, what is missing for
// them, and what they ask of a machine. Computes nothing, and writes nothing but remembered digests.
import { ExitCode } from '../../errors.ts';
import { deviceHours, totalOf } from '../../plan/estimate.ts';
import { explainPlan } from '../../plan/explain.ts';
import { estimatesOf, type PlanEstimate } from '../../runner/estimate-plan.ts';
import { readRunRecord } from '../../runner/run-record.ts';
import { tentativePlan, type TentativePlan } from '../../runner/tentative-plan.ts';
import type { Store } from '../../store/store.ts';
import { stages } from '../../stages/registry.ts';
import type { Io } from '../io.ts';
import { loadPipeline } from '../load-pipeline.ts';
import type { PlanOptions } from '../options.ts';
import {
  estimatesText,
  exampleDevice,
  exampleTflops,
  missingText,
  ownsNetwork,
  stagesText,
  type PlannedStage,
} from '../plan-text.ts';

export async function planCommand(
  experiment: string,
  overrides: readonly string[],
  options: PlanOptions,
  io: Io,
): Promise<number> {
  const { config, digest, store } = await loadPipeline(experiment, overrides, options, io);
  const tentative = await tentativePlan({ config, store, stages, signal: io.signal });
  const { plan, missing } = tentative;
  const estimate = await estimatesOf(plan, store);
  const planned = await plannedStages(tentative, estimate, store);
  if (options.json) {
    const report = {
      experiment: config.name,
      configDigest: digest,
      missing,
      nodes: planned.map(nodeJson),
      images: estimate.images,
      ...totalsJson(planned, options.tflops),
    };
    io.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    return ExitCode.ok;
  }
  io.stdout.write(
    `${missingText(config.name, missing)}${stagesText(planned)}\n${estimatesText(planned, estimate.images, options.tflops)}`,
  );
  return ExitCode.ok;
}

async function plannedStages(
  { plan, unknownKeys }: TentativePlan,
  estimate: PlanEstimate,
  store: Store,
): Promise<PlannedStage[]> {
  const cached = new Set<string>();
  for (const { key } of plan.nodes) if (await store.find(key)) cached.add(key);
  const last = await readRunRecord(store.runFile(plan.experiment));
  const explanations = explainPlan(plan, cached, last?.nodes);
  return plan.nodes.map((node, i) => {
    const explanation = explanations[i]!;
    const shared = { node, estimate: estimate.stages[i]! };
    return unknownKeys.has(node.id)
      ? { ...shared, explanation: { ...explanation, why: 'stands on what is missing' } }
      : { ...shared, key: node.key, explanation };
  });
}

/** `key` is null where it stands on something missing. */
function nodeJson({ node, key, explanation, estimate }: PlannedStage): object {
  const { id, kind, seed, inputs, params } = node;
  return {
    id,
    kind,
    key: key ?? null,
    seed,
    inputs,
    state: explanation.state,
    why: explanation.why,
    ...(ownsNetwork(node) && estimate.network ? { networkParams: estimate.network.params } : {}),
    estimate: { ...estimate, id: undefined }, // said above
    params,
  };
}

function totalsJson(planned: readonly PlannedStage[], tflops: number | undefined): object {
  const totals = (chosen: readonly PlannedStage[]) => {
    const sum = totalOf(chosen.map(({ estimate }) => estimate));
    return { ...sum, deviceHours: deviceHours(sum.flop, tflops ?? exampleTflops) };
  };
  return {
    total: totals(planned),
    stillToRun: totals(planned.filter(({ explanation }) => explanation.state === 'will-run')),
    device:
      tflops === undefined
        ? { ...exampleDevice, sustainedTflops: exampleTflops }
        : { name: 'yours', sustainedTflops: tflops },
  };
}
