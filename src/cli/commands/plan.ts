// `sdx plan`: which stages an experiment has, which are in the store, why the others will run, what is missing for
// them, and what they ask of a machine. Computes nothing without --probe, and writes nothing but remembered digests.
import type { Experiment } from '../../config/types.generated.ts';
import { ExitCode } from '../../errors.ts';
import { deviceHours, totalOf } from '../../plan/estimate.ts';
import type { Machine } from '../../runner/fit-memory.ts';
import { lazyEngine } from '../../runner/lazy-engine.ts';
import { plannedRun, type PlannedStage } from '../../runner/planned-run.ts';
import { catalog } from '../../stages/catalog.ts';
import { askedEngine } from '../asked-engine.ts';
import type { Io } from '../io.ts';
import { loadPipeline } from '../load-pipeline.ts';
import { memoryJson, memoryText } from '../memory-text.ts';
import type { PlanOptions } from '../options.ts';
import {
  estimatesText,
  exampleDevice,
  exampleTflops,
  missingText,
  ownsNetwork,
  stagesText,
  timeHere,
} from '../plan-text.ts';

export async function planCommand(
  experiment: string,
  overrides: readonly string[],
  options: PlanOptions,
  io: Io,
): Promise<number> {
  const { config, digest, store } = await loadPipeline(experiment, overrides, options, io);
  const planning = { config, store, stages: catalog, signal: io.signal };
  const tryTraining = options.probe ? { tryTraining: await trial(config, io) } : {};
  const { stages: planned, missing, images, machine } = await plannedRun({ ...planning, ...tryTraining });
  if (options.json) {
    const report = {
      experiment: config.name,
      configDigest: digest,
      missing,
      nodes: planned.map((stage) => nodeJson(stage, machine)),
      images,
      ...totalsJson(planned, options.tflops),
      here: timeHere(planned) ?? null,
    };
    io.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    return ExitCode.ok;
  }
  const trainings = planned.flatMap(({ training }) => training ?? []);
  io.stdout.write(
    `${missingText(config.name, missing)}${stagesText(planned, io.screen)}\n${estimatesText(planned, images, options.tflops, io.screen)}${memoryText(trainings, machine, io.screen)}`,
  );
  return ExitCode.ok;
}

/** Loads what computes only here: a plan without it starts at once. */
async function trial(
  config: Experiment,
  io: Io,
): Promise<NonNullable<Parameters<typeof plannedRun>[0]['tryTraining']>> {
  const { trainingRate } = await import('../../runner/try-training.ts');
  const engine = lazyEngine(await askedEngine(config, {}, io));
  return (stages) => trainingRate(stages, engine, io.signal);
}

/** `key` is null where it stands on something missing. */
function nodeJson(
  { node, key, explanation, estimate, time, training }: PlannedStage,
  machine: Machine | undefined,
): object {
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
    ...(time && { time }),
    ...(training && machine && { training: memoryJson(training, machine) }),
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
