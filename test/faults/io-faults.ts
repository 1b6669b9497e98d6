// Every n-th operation on a disk fails, with each error, once and from then on; then the same command without faults
// has to end with the same bytes. A run is tried in scenes, so that each case computes little: the runner with fake stages,
// the writing of results from a full store, and each kind of real stage in a store that has all it needs.
import { existsSync } from 'node:fs';
import { appendFile, cp, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { draw } from './draw.ts';
import { errorCodes, operationKinds, withFault, type Fault } from './failing-fs.ts';
import { withRememberingEngine } from './remembering-engine.ts';
import { smallestName, withSmallPieces, writeSmallest } from './smallest.ts';
import type { Case } from './tally.ts';
import { artifactsIn, fakeName, misnamed, resultsIn, runIn, runSdx, withFakeStages } from './worlds.ts';

interface Seen {
  readonly artifacts: Readonly<Record<string, string>>;
  readonly results: unknown;
}

export interface IoFaultsOptions {
  readonly seed: number;
  readonly count?: number;
  /** Names of scenes; absent: all. */
  readonly scenes?: readonly string[];
  /** Takes a line of JSON for each case that was tried; cases that are in it are taken from there. */
  readonly doneFile?: string;
}

/** What is run, and where its operations count. */
interface Scene {
  readonly name: string;
  /** Its store and results are what each case starts from; absent: nothing is there. */
  readonly start?: string;
  /** Folders below that of the case; absent: all. */
  readonly within?: readonly string[];
  readonly command: (folder: string) => string[];
  /** The experiment. */
  readonly results: string;
}

/** Runs `count` of all cases that there are with fake stages, and of those with real ones; the seed decides which. */
export async function ioFaults(folder: string, options: IoFaultsOptions): Promise<Case[]> {
  const [fake, real] = [path.join(folder, 'fake'), path.join(folder, 'real')];
  for (const one of [fake, real]) await mkdir(one, { recursive: true });
  return [
    ...(await withFakeStages(fake, (file) => fakeRun(fake, file, options))),
    ...(await withSmallPieces(() => withRememberingEngine(() => realStages(real, options)))),
  ];
}

/** The runner with all that it does around stages, and the writing of results from a store that is full. */
async function fakeRun(folder: string, file: string, options: IoFaultsOptions): Promise<Case[]> {
  const scenes: Scene[] = [];
  const { scenes: wanted = ['runner', 'results'] } = options;
  if (wanted.includes('runner')) {
    const stages = ['--stage', 'evaluate:teacher,evaluate:lite'];
    scenes.push({ name: 'runner', command: (at) => runIn(at, file, ...stages), results: fakeName });
  }
  if (wanted.includes('results')) {
    const start = path.join(folder, 'full');
    await runWhole(runIn(start, file));
    await rm(path.join(start, 'results'), { recursive: true });
    const command = (at: string): string[] => runIn(at, file);
    scenes.push({ name: 'results', start, within: ['results'], command, results: fakeName });
  }
  return casesOf(folder, options, scenes);
}

/** Each kind of stage by itself; what it writes by itself, into its own folders. */
async function realStages(folder: string, options: IoFaultsOptions): Promise<Case[]> {
  const { scenes: wanted = realScenes } = options;
  const chosen = realScenes.filter((name) => wanted.includes(name));
  if (chosen.length === 0) return [];
  const file = await writeSmallest(folder);
  const scenes: Scene[] = [];
  for (const stage of chosen) {
    const start = path.join(folder, `before-${stage}`);
    const command = (at: string): string[] => runIn(at, file, '--stage', stage);
    await runWhole(command(start));
    const artifacts = path.join(start, 'store', 'artifacts');
    for (const key of await readdir(artifacts)) {
      const { kind, name } = JSON.parse(
        await readFile(path.join(artifacts, key, 'artifact.json'), 'utf8'),
      ) as { readonly kind: string; readonly name: string };
      if (stage === (name === kind ? kind : `${kind}:${name}`))
        await rm(path.join(artifacts, key), { recursive: true });
    }
    scenes.push({
      name: stage,
      start,
      within: ['store/work', 'store/tmp'],
      command,
      results: smallestName,
    });
  }
  return casesOf(folder, options, scenes);
}

/** Of each kind one; the student's distillation and the teacher's samples stand for all models. */
const realScenes = [
  'dataset',
  'autoencoder',
  'latents',
  'teacher',
  'distill:lite',
  'sample:teacher',
  'reference',
  'floor',
  'evaluate:teacher',
];

async function runWhole(command: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await runSdx(command);
  if (exitCode !== 0) throw new Error(`without faults: ${stderr}`);
}

async function casesOf(
  folder: string,
  { seed, count = Infinity, doneFile }: IoFaultsOptions,
  scenes: readonly Scene[],
): Promise<Case[]> {
  const done = new Map((await casesIn(doneFile)).map((one) => [whatOf(one.group, one.what), one]));
  const all: { readonly scene: Scene; readonly fault: Fault; readonly expected: Seen }[] = [];
  for (const scene of scenes) {
    const at = path.join(folder, 'whole');
    await begin(at, scene);
    const { result, counts } = await withFault(rootsOf(at, scene), undefined, () =>
      runSdx(scene.command(at)),
    );
    if (result.exitCode !== 0) throw new Error(`without faults: ${result.stderr}`);
    const expected = await seenIn(at, scene);
    await rm(at, { recursive: true });
    for (const kind of operationKinds)
      for (let n = 1; n <= counts[kind]; n++)
        for (const code of errorCodes)
          for (const lasting of [false, true])
            all.push({ scene, fault: { kind, n, code, lasting }, expected });
  }
  const cases: Case[] = [];
  for (const { scene, fault, expected } of draw(all, Math.min(count, all.length), seed, 'io-faults')) {
    const [group, what] = [`io: ${scene.name}`, faultText(fault)];
    let tryOut = done.get(whatOf(group, what));
    if (tryOut === undefined) {
      const at = path.join(folder, 'case');
      await begin(at, scene);
      tryOut = { group, what, ...(await tried(at, scene, fault, expected)) };
      if (doneFile !== undefined) await appendFile(doneFile, `${JSON.stringify(tryOut)}\n`);
      await rm(at, { recursive: true });
    }
    cases.push(tryOut);
  }
  return cases;
}

async function begin(at: string, { start }: Scene): Promise<void> {
  if (start === undefined) await mkdir(at);
  else await cp(start, at, { recursive: true });
}

function rootsOf(at: string, { within = ['.'] }: Scene): string[] {
  return within.map((folder) => path.join(at, folder));
}

async function casesIn(file: string | undefined): Promise<Case[]> {
  const text = file === undefined ? '' : await readFile(file, 'utf8').catch(() => ''); // the first time
  // The last line may have been cut off.
  return text
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as Case);
}

function whatOf(group: string, what: string): string {
  return `${group} ${what}`;
}

function faultText({ kind, n, code, lasting }: Fault): string {
  return `${kind} ${n} ${code} ${lasting ? 'from then on' : 'once'}`;
}

async function seenIn(folder: string, { results }: Scene): Promise<Seen> {
  const written = existsSync(path.join(folder, 'results', results));
  return {
    artifacts: artifactsIn(folder),
    results: written ? await resultsIn(folder, results) : undefined,
  };
}

async function tried(
  folder: string,
  scene: Scene,
  fault: Fault,
  expected: Seen,
): Promise<Pick<Case, 'outcome' | 'why'>> {
  const failed = (why: string): Pick<Case, 'outcome' | 'why'> => ({ outcome: 'failed', why });
  const { result } = await withFault(rootsOf(folder, scene), fault, () => runSdx(scene.command(folder)));
  // What a run can do without, such as remembered digests, may fail unseen.
  const problem = result.exitCode === 0 ? undefined : misnamed(result);
  if (problem !== undefined) return failed(problem);
  const again = await runSdx(scene.command(folder));
  if (again.exitCode !== 0)
    return failed(`then without faults: exit ${again.exitCode}: ${again.stderr.slice(-400)}`);
  if (!isDeepStrictEqual(await seenIn(folder, scene), expected))
    return failed('then without faults: other bytes');
  return { outcome: result.exitCode === 0 ? 'unharmed' : 'refused' };
}
