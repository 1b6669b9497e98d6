// What the tests of stages run a stage in: its parameters and inputs, and folders of its own.
import { mkdir, mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import type { Artifact, StageContext } from '../../../src/stages/stage.ts';

export interface StageSurroundings {
  /** Where the stage's own folders are made. */
  readonly folder: string;
  readonly inputs: Readonly<Record<string, Artifact>>;
}

/** A context in fresh folders, or with what `change` gives. */
export async function stageContext<P>(
  { folder, inputs }: StageSurroundings,
  params: P,
  change: Partial<StageContext<P>> & Pick<StageContext<P>, 'engine'>,
): Promise<StageContext<P>> {
  const dir = await mkdtemp(path.join(folder, 'stage-'));
  const [outputDir, workDir] = [path.join(dir, 'out'), path.join(dir, 'work')];
  await mkdir(outputDir);
  await mkdir(workDir);
  return {
    params,
    inputs,
    seed: 7,
    outputDir,
    workDir,
    cacheDir: path.join(dir, 'cache'),
    emit: () => undefined,
    signal: new AbortController().signal,
    ...change,
  };
}
