// Runs stages of published artifacts again, from the same inputs into a scratch folder, and compares what they give:
// evaluations by their numbers, other stages by their bytes.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { nodeId } from '../plan/plan.ts';
import { makeFolder } from '../files/make-folder.ts';
import { checksumFile, filesUnder } from '../files/checksum.ts';
import { diskError, systemErrorCode, withDiskErrors } from '../files/system-errors.ts';
import { manifestFile } from '../store/artifact-manifest.ts';
import type { Store, StoredArtifact } from '../store/store.ts';
import type { Engine } from '../engine/engine.ts';
import { InterruptedError, UserError } from '../errors.ts';
import { isOfStudent, stageSeed, type StageKind } from '../stages/catalog.ts';
import type { EngineOptions } from '../engine/engine-options.ts';
import { instructionSet } from '../engine/instruction-set.ts';
import type { PortableConfig } from '../runner/portable.ts';
import type { AnyStage, StageEvent, UntypedContext } from '../stages/stage.ts';
import { type Mismatch, type StageRef, type Subject } from './subject.ts';

export interface RerunOptions {
  readonly subjects: readonly Subject[];
  /** Kinds or ids of the stages to run. */
  readonly chosen: readonly string[];
  readonly artifacts: ReadonlyMap<string, StoredArtifact>;
  readonly store: Store;
  readonly stages: Readonly<Record<StageKind, AnyStage>>;
  /** Makes the engine that the experiment names, on the device and with so many threads as the artifact was made with. */
  readonly engine: (
    config: PortableConfig,
    made: Pick<EngineOptions, 'device' | 'threads'>,
  ) => () => Promise<Engine>;
  readonly signal: AbortSignal;
  readonly onStart: (label: string, stage: string) => void;
  readonly onEvent: (stage: string, event: StageEvent) => void;
}

export interface Rerun {
  readonly count: number;
  /** Largest difference of two numbers that were taken as equal, relative where they exceed 1. */
  readonly deviation: number;
  readonly mismatches: readonly Mismatch[];
}

/** Numbers of evaluations agree within this: other processors round float32 features differently. */
const numberTolerance = 1e-6;

/** Facts of a summary that tell how long something took. */
const timings: ReadonlySet<string> = new Set(['seconds', 'samplesPerSecond']);

/** Runs every chosen stage once per artifact. Throws UserError('usage') where a choice matches no stage. */
export async function rerunStages(options: RerunOptions): Promise<Rerun> {
  const work = new Map<string, { subject: Subject; stage: StageRef }>();
  for (const choice of options.chosen) {
    const matching = options.subjects.flatMap((subject) =>
      subject.stages
        .filter((stage) => stage.kind === choice || nodeId(stage) === choice)
        .map((stage) => ({ subject, stage })),
    );
    if (matching.length === 0) throw unknownStage(choice, options.subjects);
    for (const one of matching) if (!work.has(one.stage.key)) work.set(one.stage.key, one);
  }
  const scratch = await scratchFolder(options.store.dir);
  const mismatches: Mismatch[] = [];
  let deviation = 0;
  let count = 0;
  try {
    for (const { subject, stage } of work.values()) {
      if (options.signal.aborted) throw new InterruptedError();
      const artifact = options.artifacts.get(stage.key);
      if (artifact === undefined) continue; // already reported
      options.onStart(subject.label, nodeId(stage));
      const found = await rerun(options, subject, stage, artifact, scratch);
      count += 1;
      deviation = Math.max(deviation, found.deviation);
      mismatches.push(
        ...found.problems.map((problem) => ({ what: `${subject.label} ${nodeId(stage)}`, problem })),
      );
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return { count, deviation, mismatches };
}

/** A folder in the store, on whose disk artifacts have room; elsewhere where the store can only be read. */
function scratchFolder(storeDir: string): Promise<string> {
  return mkdtemp(path.join(storeDir, 'verify-')).catch((error: unknown) => {
    if (!readOnly.has(systemErrorCode(error) ?? '')) throw diskError(error, storeDir) ?? error;
    const elsewhere = path.join(tmpdir(), 'sdx-verify-');
    return withDiskErrors(elsewhere, () => mkdtemp(elsewhere));
  });
}

const readOnly: ReadonlySet<string> = new Set(['EROFS', 'EACCES', 'EPERM']);

function unknownStage(choice: string, subjects: readonly Subject[]): UserError {
  const known = [...new Set(subjects.flatMap(({ stages }) => stages.map(nodeId)))];
  return new UserError('usage', `there is no stage ${choice} in these results`, {
    hint: `give a kind or one of ${known.join(', ') || 'none'}`,
  });
}

async function rerun(
  options: RerunOptions,
  { config }: Subject,
  ref: StageRef,
  artifact: StoredArtifact,
  scratch: string,
): Promise<{ problems: string[]; deviation: number }> {
  const { manifest } = artifact;
  const stage = options.stages[ref.kind as StageKind];
  if (stage.version !== manifest.stageVersion)
    return {
      problems: [`was made by version ${manifest.stageVersion} of the stage; this is ${stage.version}`],
      deviation: 0,
    };
  const inputs: Record<string, StoredArtifact> = {};
  for (const [name, key] of Object.entries(manifest.inputs)) {
    const input = options.artifacts.get(key) ?? (await options.store.find(key));
    if (input === undefined) return { problems: [`its input ${name} is not in the store`], deviation: 0 };
    inputs[name] = input;
  }
  const [outputDir, workDir] = [path.join(scratch, ref.key, 'output'), path.join(scratch, ref.key, 'work')];
  for (const folder of [outputDir, workDir]) await makeFolder(folder);
  const kind = ref.kind as StageKind;
  const ownSeed = isOfStudent(kind, ref.name) ? (config.studentSeed ?? config.seed) : config.seed;
  const context: UntypedContext = {
    params: manifest.params,
    inputs,
    // Stages that draw nothing do not look at it.
    seed: stageSeed(ownSeed, kind) ?? 0,
    outputDir,
    workDir,
    // Not the store's: verifying needs no more than to read it.
    cacheDir: scratch,
    emit: (event) => {
      options.onEvent(nodeId(ref), event);
    },
    signal: options.signal,
    engine: options.engine(config, {
      device: manifest.engine?.executionProviders === 'webgpu' ? 'webgpu' : 'cpu',
      threads: Number(manifest.engine?.threads ?? 0),
    }),
  };
  // The artifact was made by a stage of this kind and version, from these parameters.
  const result = await stage.run(context);
  const numbers = compareNumbers(artifact.summary, JSON.parse(JSON.stringify(result?.summary ?? {})), '');
  const bytes = await compareFiles(artifact, outputDir);
  await rm(path.join(scratch, ref.key), { recursive: true, force: true });
  const problems = [...numbers.problems, ...bytes];
  const other = otherInstructions(manifest.engine);
  return {
    problems: problems.length > 0 && other !== undefined ? [other, ...problems] : problems,
    deviation: numbers.deviation,
  };
}

/** What may be why numbers are others, where the processor is of another kind than the one before. */
function otherInstructions({ instructions }: Readonly<Record<string, string>> = {}): string | undefined {
  const here = instructionSet();
  return instructions === undefined || instructions === here
    ? undefined
    : `was computed with ${instructions}, and here with ${here}, which rounds otherwise`;
}

async function compareFiles({ manifest }: StoredArtifact, outputDir: string): Promise<string[]> {
  const made = await filesUnder(outputDir);
  const problems = made.filter((file) => !(file in manifest.files)).map((file) => `${file} is new`);
  for (const [file, { sha256 }] of Object.entries(manifest.files)) {
    if (file === manifestFile) continue;
    if (!made.includes(file)) problems.push(`${file} was not made again`);
    else if ((await checksumFile(path.join(outputDir, file))).sha256 !== sha256)
      problems.push(`${file} has other bytes`);
  }
  return problems;
}

/** Every number, text and switch of two summaries; lists must be equally long. */
function compareNumbers(
  before: unknown,
  after: unknown,
  at: string,
): { problems: string[]; deviation: number } {
  if (typeof before === 'number' && typeof after === 'number') {
    const deviation = Math.abs(before - after) / Math.max(1, Math.abs(before), Math.abs(after));
    return deviation <= numberTolerance
      ? { problems: [], deviation }
      : { problems: [`${at} was ${before} and is now ${after}`], deviation: 0 };
  }
  if (isObject(before) && isObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
      (name) => !timings.has(name),
    );
    const parts = names.map((name) =>
      compareNumbers(before[name], after[name], at === '' ? name : `${at}.${name}`),
    );
    return {
      problems: parts.flatMap(({ problems }) => problems),
      deviation: Math.max(0, ...parts.map((part) => part.deviation)),
    };
  }
  return before === after
    ? { problems: [], deviation: 0 }
    : { problems: [`${at} was ${JSON.stringify(before)} and is now ${JSON.stringify(after)}`], deviation: 0 };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
