// `sdx sample`: draws images from a model that a run has trained, with other settings than the run's if asked for.
import path from 'node:path';
import { withSampling } from '../../config/sampling.ts';
import { ExitCode } from '../../errors.ts';
import { drawSamples } from '../../runner/draw-samples.ts';
import { lazyEngine } from '../../runner/lazy-engine.ts';
import { stages } from '../../stages/registry.ts';
import { askedEngine } from '../asked-engine.ts';
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
  const { config: loaded, store } = await loadPipeline(experiment, [...overrides, ...settings], options, io);
  const { steps, eta } = options;
  const config = withSampling(loaded, model, {
    ...(steps !== undefined && { steps }),
    ...(eta !== undefined && { eta }),
  });
  const output = path.resolve(options.output ?? `${model}.png`);
  const engine = lazyEngine(await askedEngine(config, {}, io));
  const progress = openProgress(io);
  await drawSamples({
    config,
    experiment,
    model,
    ...(options.seed !== undefined && { seed: options.seed }),
    output,
    store,
    stages,
    engine,
    signal: io.signal,
    onEvent: (event) => {
      progress.show(event);
    },
  }).finally(() => {
    progress.close();
  });
  io.stdout.write(`${path.relative('', output)}\n`);
  return ExitCode.ok;
}
