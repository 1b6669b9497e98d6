// `sdx sample`: draws images from a model that a run has trained, with other settings than the run's if asked for.
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import type { StoredArtifact } from '../../artifacts/store.ts';
import { ExitCode, UserError } from '../../errors.ts';
import { withSeed } from '../../plan/plan.ts';
import { ancestorsOf } from '../../plan/select.ts';
import { lazyEngine } from '../../runner/lazy-engine.ts';
import { preparePlan } from '../../runner/prepare-plan.ts';
import { runPlan } from '../../runner/run-plan.ts';
import { stages } from '../../stages/registry.ts';
import type { SampleSummary } from '../../stages/summaries.ts';
import type { Io } from '../io.ts';
import { loadPipeline } from '../load-pipeline.ts';
import type { SampleOptions } from '../options.ts';
import { openProgress } from '../progress.ts';

/** Writes a grid of images to `options.output` (default <model>.png) and prints its path. */
export async function sampleCommand(
  experiment: string,
  model: string,
  overrides: readonly string[],
  options: SampleOptions,
  io: Io,
): Promise<number> {
  const settings = (['count', 'steps', 'eta'] as const).flatMap((name) =>
    options[name] === undefined ? [] : [`sample.${name}=${options[name]}`],
  );
  const pipeline = { store: options.store, results: 'results', json: false };
  const { config, store } = await loadPipeline(experiment, [...overrides, ...settings], pipeline, io);
  const plan = await preparePlan({ config, store, stages, signal: io.signal });
  const planned = plan.nodes.find(({ kind, name }) => kind === 'sample' && name === model);
  if (planned === undefined)
    throw new UserError('usage', `the experiment has no model ${model}`, {
      hint: `it has ${plan.nodes.flatMap(({ kind, name }) => (kind === 'sample' ? [name] : [])).join(', ')}`,
    });
  const node = options.seed === undefined ? planned : withSeed(planned, options.seed);
  const needed = ancestorsOf(plan, [node]);
  for (const { id, key } of needed)
    if ((await store.find(key)) === undefined)
      throw new UserError('input', `the model ${model} is not trained yet: ${id} is not in the store`, {
        hint: `run \`sdx run ${experiment}\` first, with the same changes and store`,
      });
  const progress = openProgress(io);
  const { nodes } = await runPlan({
    plan: { experiment: `${config.name}-sample-${model}`, nodes: [...needed, node] },
    stages,
    store,
    engine: lazyEngine(config.engine, { threads: config.threads }),
    signal: io.signal,
    onEvent: (event) => {
      progress.show(event);
    },
  }).finally(() => {
    progress.close();
  });
  const outcome = nodes[node.id];
  if (outcome === undefined || !('artifact' in outcome)) throw failureOf(outcome);
  const output = path.resolve(options.output ?? `${model}.png`);
  await copyFile(path.join(outcome.artifact.dir, gridOf(outcome.artifact)), output);
  io.stdout.write(`${path.relative('', output)}\n`);
  return ExitCode.ok;
}

function gridOf(artifact: StoredArtifact): string {
  return (artifact.summary as unknown as SampleSummary).grid;
}

function failureOf(outcome: unknown): unknown {
  return typeof outcome === 'object' && outcome !== null && 'error' in outcome ? outcome.error : outcome;
}
