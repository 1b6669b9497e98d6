// `sdx sample`: draws images from a model that a run has trained, with other settings than the run's if asked for.
import path from 'node:path';
import { loadExperiment } from '../../config/load.ts';
import { samplingOf, samplingOverrides } from '../../config/sampling.ts';
import type { Experiment } from '../../config/types.generated.ts';
import { engineOverrides } from '../../engine/engine-options.ts';
import { ExitCode, UserError } from '../../errors.ts';
import { formatJson } from '../../report/formats/json.ts';
import { chosenModels } from '../../runner/chosen-models.ts';
import { drawSamples, type DrawSamplesOptions } from '../../runner/draw-samples.ts';
import { samplerOf } from '../../stages/describing/sampling-settings.ts';
import type { Io } from '../io.ts';
import { loadPipeline } from '../load-pipeline.ts';
import type { SampleOptions } from '../options.ts';
import { loadedAs } from '../other-kind.ts';
import { runShown } from '../run-shown.ts';

/** Writes the pictures that are asked for, a grid to <model>.png if none is, and prints their paths. */
export async function sampleCommand(
  experiment: string,
  model: string,
  overrides: readonly string[],
  options: SampleOptions,
  io: Io,
): Promise<number> {
  const asked = await overridesOf(experiment, model, overrides, options);
  const { config, store } = await loadPipeline(experiment, asked, options, io);
  const way = options.interpolate === undefined ? undefined : seedsOf(options.interpolate);
  refuseIdle(config, options);
  const told = toldOf(options, way);
  const seed = way?.from ?? options.seed;
  const count = options.count ?? (way ? config.sample.gridColumns : options.prompt?.length);
  const files = filesOf(model, options);
  const drawn = await runShown(config, io, (shown) =>
    drawSamples({
      ...shown,
      config,
      experiment,
      model,
      ...(seed !== undefined && { seed }),
      ...(count !== undefined && { count }),
      ...(told && { told }),
      files,
      scale: options.scale,
      force: options.force,
      store,
    }),
  );
  const written = Object.fromEntries(
    Object.entries(files).map(([name, file]: [string, string]) => [name, path.relative('', file)]),
  );
  const sampling = samplingOf(config, model);
  const { steps, eta, guidanceScale } = sampling;
  const settings = {
    sampler: samplerOf(sampling),
    steps,
    eta,
    ...(config.conditioning.kind !== 'none' && { guidanceScale }),
  };
  io.stdout.write(
    options.json
      ? formatJson({ model, ...drawn, ...settings, files: written })
      : Object.values(written)
          .map((file) => `${file}\n`)
          .join(''),
  );
  return ExitCode.ok;
}

/** The changes to the experiment, with the settings of sampling that hold for `model` alone. Throws for models that there are not. */
async function overridesOf(
  experiment: string,
  model: string,
  overrides: readonly string[],
  options: SampleOptions,
): Promise<readonly string[]> {
  const { sampler, steps, eta, guidance } = options;
  const settings = {
    ...(sampler !== undefined && { sampler }),
    ...(steps !== undefined && { steps }),
    ...(eta !== undefined && { eta }),
    ...(guidance !== undefined && { guidanceScale: guidance }),
  };
  if (Object.keys(settings).length === 0) return overrides;
  const { config } = await loadedAs('experiment', experiment, () =>
    loadExperiment(experiment, [...overrides, ...engineOverrides(options)]),
  );
  chosenModels(config, [model]);
  return [...overrides, ...samplingOverrides(model, settings)];
}

/** `3,14`: the noise of seed 3 to that of seed 14. */
function seedsOf(text: string): { readonly from: number; readonly to: number } {
  const [, from, to] = /^(\d{1,10}),(\d{1,10})$/.exec(text) ?? [];
  const seeds = { from: Number(from), to: Number(to) };
  if (from !== undefined && Math.max(seeds.from, seeds.to) < 2 ** 32) return seeds;
  throw new UserError('usage', `--interpolate ${text} does not name two seeds`, {
    hint: 'give two whole numbers from 0 on: --interpolate 3,14',
  });
}

/** Throws UserError('usage') for what the models of the experiment are not told, and for options that exclude each other. */
function refuseIdle({ name, conditioning }: Experiment, options: SampleOptions): void {
  const refuse = (option: string, why: string, hint: string): never => {
    throw new UserError('usage', `${option}: ${why}`, { hint });
  };
  const { kind } = conditioning;
  const none = `leave it out, or take an experiment with conditioning.kind`;
  if (options.prompt !== undefined && kind !== 'text')
    refuse('--prompt', `the models of ${name} are told no captions`, `${none} \`text\``);
  if (options.class !== undefined && kind !== 'class')
    refuse('--class', `the models of ${name} are told no classes`, `${none} \`class\``);
  if (options.guidance !== undefined && kind === 'none')
    refuse('--guidance', `the models of ${name} are told nothing`, `${none} \`class\` or \`text\``);
  if (options.interpolate !== undefined && options.seed !== undefined)
    refuse('--seed', '--interpolate names the seeds', 'leave out one of them');
}

function toldOf(
  { prompt, class: classes }: SampleOptions,
  way: { readonly to: number } | undefined,
): DrawSamplesOptions['told'] {
  const told = {
    ...(prompt && { captions: prompt }),
    ...(classes && { classes }),
    ...(way && { towards: way.to }),
  };
  return Object.keys(told).length === 0 ? undefined : told;
}

function filesOf(model: string, { output, images, gif }: SampleOptions): DrawSamplesOptions['files'] {
  const usual = images === undefined && gif === undefined ? `${model}.png` : undefined;
  const grid = output ?? usual;
  return {
    ...(grid !== undefined && { grid: path.resolve(grid) }),
    ...(images !== undefined && { images: path.resolve(images) }),
    ...(gif !== undefined && { animation: path.resolve(gif) }),
  };
}
