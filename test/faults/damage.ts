// Every file that a run publishes, and every checkpoint and piece that an interrupted one leaves, is damaged in each
// way; the same command has to repair or to refuse, and must not use it. Stages are real.
import { copyFile, cp, mkdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { stages } from '../../src/stages/registry.ts';
import { latentsStageOf } from '../../src/stages/kinds/latents/run.ts';
import { sampleStageOf } from '../../src/stages/kinds/sample/run.ts';
import { integers } from '../../src/rng/noise.ts';
import { draw } from './draw.ts';
import { withRememberingEngine } from './remembering-engine.ts';
import type { Case } from './tally.ts';
import { artifactsIn, misnamed, resultsIn, runIn, runSdx } from './worlds.ts';

const experiment = path.join(import.meta.dirname, '../support/experiments/tiny.yaml');

/** Damages the file at `at`; `other` is another one of the same kind. */
type Harm = (at: string, other: string, random: (below: number) => number) => Promise<void>;

const harms: Readonly<Record<string, Harm>> = {
  'flip a bit': async (at, _, random) => {
    const bytes = await readFile(at);
    if (bytes.length > 0) bytes[random(bytes.length)]! ^= 1 << random(8);
    await writeFile(at, bytes);
  },
  truncate: async (at, _, random) => truncate(at, random(statSync(at).size)),
  empty: (at) => truncate(at, 0),
  zero: async (at) => writeFile(at, Buffer.alloc(statSync(at).size)),
  delete: (at) => rm(at),
  'swap two': async (at, other) => {
    await copyFile(at, `${at}.swap`);
    await copyFile(other, at);
    await rename(`${at}.swap`, other);
  },
};

interface Interrupted {
  readonly stage: string;
  /** Progress of the stage at which the run is stopped. */
  readonly done: number;
}

/** Where runs are stopped: in training, between pieces and within one. */
const interruptions: readonly Interrupted[] = [
  { stage: 'autoencoder', done: 5 },
  { stage: 'teacher', done: 7 },
  { stage: 'latents', done: 33 },
  { stage: 'sample:teacher', done: 4 },
];

export interface DamageOptions {
  readonly seed: number;
  /** Cases of published files, and of the files of each interrupted run; absent: all. */
  readonly count?: number;
}

export async function damages(folder: string, options: DamageOptions): Promise<Case[]> {
  const real = { ...stages };
  Object.assign(stages, { latents: latentsStageOf(16), sample: sampleStageOf(4) });
  try {
    return await withRememberingEngine(() => all(folder, options));
  } finally {
    Object.assign(stages, real);
  }
}

async function all(folder: string, options: DamageOptions): Promise<Case[]> {
  const whole = path.join(folder, 'whole');
  await mkdir(whole);
  const run = await runSdx(runIn(whole, experiment));
  if (run.exitCode !== 0) throw new Error(`without damage: ${run.stderr}`);
  const cases = await published(folder, whole, options);
  for (const interrupted of interruptions)
    cases.push(...(await unfinished(folder, whole, interrupted, options)));
  return cases;
}

async function published(folder: string, whole: string, options: DamageOptions): Promise<Case[]> {
  const expected = { artifacts: artifactsIn(whole), results: await resultsIn(whole, 'tiny') };
  return damagedIn(folder, whole, 'artifacts', 'published files', options, async (at) => {
    const ended = await runSdx(runIn(at, experiment));
    const problem = ended.exitCode === 0 ? undefined : misnamed(ended);
    if (problem !== undefined) return problem;
    if (ended.exitCode !== 0) return 'refused';
    const seen = { artifacts: artifactsIn(at), results: await resultsIn(at, 'tiny') };
    return isDeepStrictEqual(seen, expected) ? 'repaired' : 'used: other bytes than without damage';
  });
}

/** Stops a run in the middle of a stage, and damages what it leaves in its work folder. */
async function unfinished(
  folder: string,
  whole: string,
  { stage, done }: Interrupted,
  options: DamageOptions,
): Promise<Case[]> {
  const stopped = path.join(folder, 'stopped');
  const chosen = ['--stage', stage];
  await mkdir(stopped);
  await runSdx(runIn(stopped, experiment, ...chosen, '--json'), (text, stop) => {
    const event = JSON.parse(text) as {
      readonly type: string;
      readonly stage?: string;
      readonly done?: number;
    };
    if (event.type === 'stage-progress' && event.stage === stage && (event.done ?? 0) >= done) stop();
  });
  const expected = artifactsIn(whole);
  const cases = await damagedIn(folder, stopped, 'work', `work of ${stage}`, options, async (at) => {
    const ended = await runSdx(runIn(at, experiment, ...chosen));
    const problem = ended.exitCode === 0 ? undefined : misnamed(ended);
    if (problem !== undefined) return problem;
    if (ended.exitCode !== 0) return 'refused';
    const seen = Object.entries(artifactsIn(at));
    return seen.length > 0 && seen.every(([file, digest]) => expected[file] === digest)
      ? 'repaired'
      : 'used: other bytes than without damage';
  });
  await rm(stopped, { recursive: true });
  return cases;
}

/** Copies `source`, damages one file below its store's `part`, and lets `judge` run the command again; for each case. */
async function damagedIn(
  folder: string,
  source: string,
  part: string,
  group: string,
  { seed, count = Infinity }: DamageOptions,
  judge: (at: string) => Promise<string>,
): Promise<Case[]> {
  const root = path.join('store', part);
  const files = filesBelow(path.join(source, root));
  const all = files.flatMap((file) => Object.keys(harms).map((harm) => ({ file, harm })));
  const cases: Case[] = [];
  for (const [i, { file, harm }] of draw(all, Math.min(count, all.length), seed, group).entries()) {
    const at = path.join(folder, 'case');
    await cp(source, at, { recursive: true });
    const random = (below: number): number =>
      below <= 1 ? 0 : integers(seed, `${group} ${file} ${harm}`, i, 0, 1, below)[0]!;
    const others = files.filter((other) => other !== file);
    const other = others[random(others.length)] ?? file;
    await harms[harm]!(path.join(at, root, file), path.join(at, root, other), random);
    const outcome = await judge(at);
    const what = `${harm}: ${file}${harm === 'swap two' ? ` and ${other}` : ''}`;
    cases.push(
      outcome === 'repaired' || outcome === 'refused'
        ? { group, what, outcome }
        : { group, what, outcome: 'failed', why: outcome },
    );
    await rm(at, { recursive: true });
  }
  return cases;
}

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => statSync(path.join(folder, file)).isFile())
    .sort();
}
