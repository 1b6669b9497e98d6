// Draws samples from a model that a run has trained, with other noise, conditions and settings if asked for: the sampling of
// the run's own plan, run beside it. Nothing is trained here.
import { copyFile, readFile } from 'node:fs/promises';
import path from 'node:path';
import { openPack, type ImagePack } from '../datasets/pack.ts';
import { InvariantError, UserError } from '../errors.ts';
import { writeFileAtomic } from '../files/atomic-file.ts';
import { withDiskErrors } from '../files/system-errors.ts';
import { nodeId, nodesOf, withSeed, type Plan, type PlanNode } from '../plan/plan.ts';
import { drawnName, drawnOf } from '../plan/probes.ts';
import { summaryOf } from '../stages/describing/read-summary.ts';
import { sample } from '../stages/kinds/sample/describe.ts';
import type { SampleParams } from '../stages/describing/sampling-settings.ts';
import { trajectory } from '../stages/kinds/trajectory/describe.ts';
import { encodeAnimation, encodeImage, type Raster } from '../stages/rows/encode-image.ts';
import { layGrid } from '../stages/rows/grid.ts';
import type { StoredArtifact } from '../store/store.ts';
import {
  animationFormatOf,
  imageFormatOf,
  prepareFiles,
  writeImages,
  type PictureFiles,
} from './picture-files.ts';
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
  /** Images; left out: as many as the experiment says. */
  readonly count?: number;
  /** What samples are told where that is not as in a run. */
  readonly told?: SampleParams['told'];
  readonly files: PictureFiles;
  /** Pixels that each pixel becomes, in both directions. */
  readonly scale: number;
  /** Whether files that are there may be overwritten. */
  readonly force: boolean;
  /** How the user calls the experiment, for hints. */
  readonly experiment: string;
}

export interface DrawnSamples {
  readonly count: number;
  readonly seed: number;
  /** Of the samples; of their animation where only that was asked for. */
  readonly key: string;
}

/** Steps of sampling that an animation shows at most. */
const shownSteps = 24;
/** Milliseconds. */
const pace = { frame: 80, last: 2000 };

/**
 * Writes the files that are asked for: a grid of the first images, all of them in a folder, an animation of how the images
 * of the grid come about or, between two noises, of the way. Throws UserError('usage') for a model that the experiment does
 * not have and for what may not be written, both before anything is sampled, and as runOnTrained does.
 */
export async function drawSamples(options: DrawSamplesOptions): Promise<DrawnSamples> {
  const { config, experiment, model, files, force, store, stages, signal } = options;
  const probes = [drawnOf(model, { ...options, frames: shownSteps })];
  const plan = await preparePlan({ config, store, stages, signal, probes });
  const nodes = nodesToDraw(plan, options);
  await prepareFiles(files, force);
  await whileUsing({ ...options, plan: { ...plan, nodes: [...plan.nodes, ...nodes] } }, async () => {
    const artifacts = await runOnTrained({
      ...options,
      plan,
      nodes,
      name: `${config.name}-sample-${model}`,
      hint: `run \`sdx run ${experiment}\` first, with the same changes and store`,
    });
    for (const [i, node] of nodes.entries()) await write(options, node, artifacts[i]!);
  });
  const [{ seed, key }] = nodes;
  return { count: countOf(nodes[0]), seed, key };
}

/** The samples; how they come about, where an animation of that is asked for. */
function nodesToDraw(
  plan: Plan,
  { model, seed, files, told }: DrawSamplesOptions,
): [PlanNode, ...PlanNode[]] {
  const samplings = nodesOf(plan.nodes, sample);
  const planned = samplings.find(({ name }) => name === model);
  if (planned === undefined)
    throw new UserError('usage', `the experiment has no model ${model}`, {
      hint: `it has ${samplings.map(({ name }) => name).join(', ')}`,
    });
  // Called as in a run, whose artifact it is where nothing is changed.
  const asked = ({ kind }: { readonly kind: string }): PlanNode => {
    const node = plan.nodes.find((one) => one.kind === kind && one.name === drawnName(model));
    if (node === undefined) throw new InvariantError(`the plan lacks the ${kind} that was asked for`);
    const named = {
      id: nodeId({ kind, name: model }),
      name: model,
      ...(node.model !== undefined && { model }),
    };
    return { ...withSeed(node, seed ?? planned.seed), ...named };
  };
  const animated = files.animation !== undefined && told?.towards === undefined;
  if (!animated) return [asked(sample)];
  return files.grid === undefined && files.images === undefined
    ? [asked(trajectory)]
    : [asked(sample), asked(trajectory)];
}

function countOf(node: PlanNode): number {
  return (node.params as SampleParams).sample.count; // samples and how they come about alike
}

async function write(options: DrawSamplesOptions, node: PlanNode, artifact: StoredArtifact): Promise<void> {
  if (node.kind === trajectory.kind) await writeSteps(options, artifact);
  else await writeSamples(options, artifact);
}

async function writeSamples(options: DrawSamplesOptions, artifact: StoredArtifact): Promise<void> {
  const { files, scale, told } = options;
  const { grid, images } = files;
  const asStored = grid !== undefined && scale === 1 && imageFormatOf(grid) === 'png';
  if (asStored) {
    const from = path.join(artifact.dir, summaryOf(sample, artifact).grid);
    await withDiskErrors(grid, () => copyFile(from, grid));
  }
  const animation = told?.towards === undefined ? undefined : files.animation;
  if ((grid === undefined || asStored) && images === undefined && animation === undefined) return;
  const pack = await openPack(artifact.dir);
  try {
    if (grid !== undefined && !asStored) await writeGrid(grid, pack, options);
    if (images !== undefined) await writeImages(images, singleImages(pack, scale));
    if (animation !== undefined) {
      const frames: Raster[] = [];
      for await (const frame of singleImages(pack, scale)) frames.push(frame);
      await writeAnimation(animation, frames);
    }
  } finally {
    await pack.close();
  }
}

async function writeGrid(
  file: string,
  pack: ImagePack,
  { config, scale }: DrawSamplesOptions,
): Promise<void> {
  const { gridColumns: columns, gridRows } = config.sample;
  const shown = Array.from({ length: Math.min(columns * gridRows, pack.count) }, (_, i) => i);
  const picture = layGrid(await pack.readBatch(shown), { size: pack.size, columns, scale });
  const bytes = await encodeImage(picture, imageFormatOf(file));
  await withDiskErrors(file, () => writeFileAtomic(file, bytes));
}

async function* singleImages(pack: ImagePack, scale: number): AsyncGenerator<Raster> {
  for (let index = 0; index < pack.count; index++)
    yield layGrid(await pack.readBatch([index]), { size: pack.size, columns: 1, gap: 0, scale });
}

/** The predicted images of each step as a grid, and the samples themselves last. */
async function writeSteps(
  { config, files, scale }: DrawSamplesOptions,
  artifact: StoredArtifact,
): Promise<void> {
  const { animation } = files;
  if (animation === undefined) throw new InvariantError('no animation was asked for');
  const { size, frames, shown, pictures } = summaryOf(trajectory, artifact);
  const bytes = await readFile(path.join(artifact.dir, pictures));
  const [area, across] = [size * size * 3, frames.length + 1];
  const rasters = Array.from({ length: across }, (_, frame) => {
    const images = Array.from({ length: shown }, (_unused, row) => {
      const start = (row * across + frame) * area;
      return bytes.subarray(start, start + area);
    });
    return layGrid(Buffer.concat(images), { size, columns: config.sample.gridColumns, scale });
  });
  await writeAnimation(animation, rasters);
}

async function writeAnimation(file: string, frames: readonly Raster[]): Promise<void> {
  const bytes = await encodeAnimation(frames, animationFormatOf(file), pace);
  await withDiskErrors(file, () => writeFileAtomic(file, bytes));
}
