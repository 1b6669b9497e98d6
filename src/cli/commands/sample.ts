// `sdx sample`: draws images from a model that a run has trained, with other settings than the run's if asked for.
import { copyFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { makeFolderOf } from '../../files/atomic-file.ts';
import { withDiskErrors } from '../../files/system-errors.ts';
import { ExitCode, UserError } from '../../errors.ts';
import { nodesOf, withSeed } from '../../plan/plan.ts';
import { lazyEngine } from '../../runner/lazy-engine.ts';
import { preparePlan } from '../../runner/prepare-plan.ts';
import { runOnTrained } from '../../runner/run-on-trained.ts';
import { stages } from '../../stages/registry.ts';
import { summaryOf } from '../../stages/describing/read-summary.ts';
import { sample } from '../../stages/kinds/sample/describe.ts';
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
  const { config, store } = await loadPipeline(experiment, [...overrides, ...settings], options, io);
  const plan = await preparePlan({ config, store, stages, signal: io.signal });
  const samplings = nodesOf(plan.nodes, sample);
  const planned = samplings.find(({ name }) => name === model);
  if (planned === undefined)
    throw new UserError('usage', `the experiment has no model ${model}`, {
      hint: `it has ${samplings.map(({ name }) => name).join(', ')}`,
    });
  const node = options.seed === undefined ? planned : withSeed(planned, options.seed);
  const output = path.resolve(options.output ?? `${model}.png`);
  await checkOutput(output); // before hours of sampling
  const progress = openProgress(io);
  const [artifact] = await runOnTrained({
    plan,
    nodes: [node],
    name: `${config.name}-sample-${model}`,
    hint: `run \`sdx run ${experiment}\` first, with the same changes and store`,
    stages,
    store,
    engine: lazyEngine(askedEngine(config, {}, io)),
    signal: io.signal,
    onEvent: (event) => {
      progress.show(event);
    },
  }).finally(() => {
    progress.close();
  });
  const { grid } = summaryOf(sample, artifact!);
  await withDiskErrors(output, () => copyFile(path.join(artifact!.dir, grid), output));
  io.stdout.write(`${path.relative('', output)}\n`);
  return ExitCode.ok;
}

/** Makes the folder of `output`. Throws UserError where that cannot be, or where `output` is a folder. */
async function checkOutput(output: string): Promise<void> {
  await makeFolderOf(output);
  const isFolder = await stat(output).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isFolder)
    throw new UserError('usage', `${output} is a folder`, { hint: 'name a PNG file: --output faces.png' });
}
