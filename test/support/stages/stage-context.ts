// What the tests of stages run a stage in: its parameters and inputs, and folders of its own.
import { mkdir, mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import type { AnyDescription, SummaryOf } from '../../../src/stages/describing/description.ts';
import { summaryOf } from '../../../src/stages/describing/read-summary.ts';
import type { AnyStage, Artifact, UntypedContext } from '../../../src/stages/stage.ts';

/** A context as the runner makes it, of a stage with parameters `P`. */
export interface TestContext<P = unknown> extends UntypedContext {
  readonly params: P;
}

export interface StageSurroundings {
  /** Where the stage's own folders are made. */
  readonly folder: string;
  readonly inputs: Readonly<Record<string, Artifact>>;
}

/** A context in fresh folders, or with what `change` gives. */
export async function stageContext<P>(
  { folder, inputs }: StageSurroundings,
  params: P,
  change: Partial<TestContext<P>> & Pick<TestContext<P>, 'engine'>,
): Promise<TestContext<P>> {
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

/** Runs a stage as the runner does, and reads the summary that it gives. */
export async function runStage<D extends AnyDescription>(
  description: D,
  stage: AnyStage,
  context: UntypedContext,
): Promise<SummaryOf<D>> {
  const result = await stage.run(context);
  return summaryOf(description, { dir: context.outputDir, summary: { ...result?.summary } });
}
