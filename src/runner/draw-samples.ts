// Draws samples from a model that a run has trained, with another seed if asked for: the sampling of the run's own plan,
// run beside it. Nothing is trained here.
import { copyFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors.ts';
import { makeFolderOf } from '../files/atomic-file.ts';
import { withDiskErrors } from '../files/system-errors.ts';
import { nodesOf, withSeed } from '../plan/plan.ts';
import { summaryOf } from '../stages/describing/read-summary.ts';
import { sample } from '../stages/kinds/sample/describe.ts';
import { preparePlan } from './prepare-plan.ts';
import type { RunExperimentOptions } from './run-experiment.ts';
import { runOnTrained } from './run-on-trained.ts';
import { whileUsing } from './while-using.ts';

export interface DrawSamplesOptions extends Omit<
  RunExperimentOptions,
  'file' | 'configDigest' | 'resultsDir' | 'team'
> {
  /** `teacher`, or the name of a student. */
  readonly model: string;
  /** Seed of the noise; left out: the experiment's. */
  readonly seed?: number;
  /** Where the grid of images goes; absolute. */
  readonly output: string;
  /** How the user calls the experiment, for hints. */
  readonly experiment: string;
}

/**
 * Writes a grid of images, a PNG, to `output`. Throws UserError('usage') for a model that the experiment does not have and
 * for an output that is a folder, both before anything is sampled, and as runOnTrained does.
 */
export async function drawSamples(options: DrawSamplesOptions): Promise<void> {
  const { config, experiment, model, seed, output, store, stages, signal } = options;
  const plan = await preparePlan({ config, store, stages, signal });
  const samplings = nodesOf(plan.nodes, sample);
  const planned = samplings.find(({ name }) => name === model);
  if (planned === undefined)
    throw new UserError('usage', `the experiment has no model ${model}`, {
      hint: `it has ${samplings.map(({ name }) => name).join(', ')}`,
    });
  await prepareOutput(output);
  const node = seed === undefined ? planned : withSeed(planned, seed);
  await whileUsing({ ...options, plan: { ...plan, nodes: [...plan.nodes, node] } }, async () => {
    const [artifact] = await runOnTrained({
      ...options,
      plan,
      nodes: [node],
      name: `${config.name}-sample-${model}`,
      hint: `run \`sdx run ${experiment}\` first, with the same changes and store`,
    });
    const { grid } = summaryOf(sample, artifact!);
    await withDiskErrors(output, () => copyFile(path.join(artifact!.dir, grid), output));
  });
}

/** Makes the folder of `output`. Throws UserError where that cannot be, or where `output` is a folder. */
async function prepareOutput(output: string): Promise<void> {
  await makeFolderOf(output);
  const isFolder = await stat(output).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isFolder)
    throw new UserError('usage', `${output} is a folder`, { hint: 'name a PNG file: --output faces.png' });
}
