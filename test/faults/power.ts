// Power fails while a run is at work: what was not flushed is lost or kept, by draw. Whatever is left, what the run has
// called done is whole, and the same command ends with the bytes of an undisturbed run. Stages are real.
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { integers } from '../../src/rng/noise.ts';
import { openStore } from '../../src/store/store.ts';
import type { Random } from './disk-image.ts';
import { draw } from './draw.ts';
import { withRecorder } from './recording-fs.ts';
import { withRememberingEngine } from './remembering-engine.ts';
import { smallestName, withSmallPieces, writeSmallest } from './smallest.ts';
import type { Case } from './tally.ts';
import { digestsBelow } from '../support/file-digests.ts';
import { artifactsIn, resultsIn, runIn, runSdx } from './worlds.ts';

export interface PowerOptions {
  readonly seed: number;
  /** Moments; absent: after every operation. */
  readonly count?: number;
  /** Stages that are run, with what they need; absent: all. */
  readonly stages?: readonly string[];
}

/** What is left of a run at a moment, in a folder of its own. */
interface Left {
  readonly operation: number;
  readonly folder: string;
  /** Keys of what the run had published and said so. */
  readonly done: readonly string[];
  /** sha256 of checkpoints that training had written before its last one, by their paths in `store/work`. */
  readonly checkpoints: Readonly<Record<string, string>>;
}

interface Seen {
  readonly artifacts: Readonly<Record<string, string>>;
  readonly results: unknown;
}

export function powerLosses(folder: string, options: PowerOptions): Promise<Case[]> {
  return withSmallPieces(() => withRememberingEngine(() => losses(folder, options)));
}

async function losses(folder: string, { seed, count, stages = [] }: PowerOptions): Promise<Case[]> {
  const file = await writeSmallest(folder);
  const command = (at: string): string[] =>
    runIn(at, file, ...(stages.length > 0 ? ['--stage', stages.join(',')] : []));
  const whole = await recorded(folder, command);
  const cases: Case[] = [];
  const moments = Array.from({ length: whole.operations }, (_, i) => i + 1);
  const drawn = draw(moments, Math.min(count ?? Infinity, moments.length), seed, 'power');
  // A run has as many images as fit beside it; the next batch of moments comes from the next run.
  for (let from = 0; from < drawn.length; from += momentsOfRun) {
    const chosen = new Set(drawn.slice(from, from + momentsOfRun));
    const { images } = await recorded(folder, command, { chosen, seed });
    for (const left of images) {
      cases.push(await judged(left, command(left.folder), whole.seen));
      await rm(left.folder, { recursive: true });
    }
  }
  return cases;
}

const momentsOfRun = 50;

interface Recorded {
  /** How many there were. */
  readonly operations: number;
  readonly seen: Seen;
  readonly images: readonly Left[];
}

/** Runs the command in a folder of its own; images of its disk at the chosen moments. */
async function recorded(
  folder: string,
  command: (at: string) => string[],
  { chosen, seed }: { readonly chosen: ReadonlySet<number>; readonly seed: number } = {
    chosen: new Set(),
    seed: 0,
  },
): Promise<Recorded> {
  const at = await mkdtemp(path.join(folder, 'run-'));
  const beside = await mkdtemp(path.join(folder, 'held-'));
  const done: string[] = [];
  const images: Left[] = [];
  const { result, operations } = await withRecorder(
    at,
    beside,
    (operation, disk) => {
      if (!chosen.has(operation)) return;
      const image = path.join(folder, `left-${operation}`);
      disk.lose(image, randomOf(seed, operation));
      images.push({ operation, folder: image, done: [...done], checkpoints: earlierCheckpoints(at) });
    },
    () =>
      runSdx([...command(at), '--json'], (text) => {
        const event = JSON.parse(text) as { readonly type: string; readonly key?: string };
        if (event.type === 'stage-done' && event.key !== undefined) done.push(event.key);
      }),
  );
  if (result.exitCode !== 0) throw new Error(`with power: ${result.stderr}`);
  const seen = await seenIn(at);
  await rm(at, { recursive: true });
  await rm(beside, { recursive: true });
  return { operations, seen, images };
}

async function seenIn(folder: string): Promise<Seen> {
  const results = existsSync(path.join(folder, 'results'))
    ? await resultsIn(folder, smallestName)
    : undefined;
  return { artifacts: artifactsIn(folder), results };
}

/** Two checkpoints are kept; once the newer one is there, the other has been flushed. */
function earlierCheckpoints(folder: string): Record<string, string> {
  const work = path.join(folder, 'store', 'work');
  if (!existsSync(work)) return {};
  const all = Object.entries(digestsBelow(work, (file) => /step-\d+\.safetensors$/.test(file))).map(
    ([file, digest]) => ({ file, digest, step: Number(/step-(\d+)/.exec(file)?.[1]) }),
  );
  const isEarlier = ({ file, step }: (typeof all)[number]): boolean =>
    all.some((other) => path.dirname(other.file) === path.dirname(file) && other.step > step);
  return Object.fromEntries(all.filter(isEarlier).map(({ file, digest }) => [file, digest]));
}

function randomOf(seed: number, operation: number): Random {
  let drawn = 0;
  return (below) => (below <= 1 ? 0 : integers(seed, 'power loss', operation, drawn++, 1, below)[0]!);
}

async function judged(left: Left, command: readonly string[], expected: Seen): Promise<Case> {
  const named = { group: 'power fails', what: `after operation ${left.operation}` };
  const why = (await lostOf(left)) ?? (await differenceAfter(left, command, expected));
  return why === undefined ? { ...named, outcome: 'repaired' } : { ...named, outcome: 'failed', why };
}

/** What should have been safe and is not. */
async function lostOf({ folder, done, checkpoints }: Left): Promise<string | undefined> {
  const store = openStore(path.join(folder, 'store'));
  for (const key of done) {
    const artifact = await store.find(key);
    if (artifact === undefined) return `the published ${key} is gone`;
    if ((await store.verify(artifact)).length > 0) return `the published ${key} is damaged`;
  }
  const found = existsSync(path.join(folder, 'store', 'work'))
    ? digestsBelow(path.join(folder, 'store', 'work'), (file) => file in checkpoints)
    : {};
  const lost = Object.keys(checkpoints).find((file) => found[file] !== checkpoints[file]);
  return lost === undefined ? undefined : `the checkpoint ${lost} is lost`;
}

async function differenceAfter(
  { folder }: Left,
  command: readonly string[],
  expected: Seen,
): Promise<string | undefined> {
  await startAgain(folder);
  const again = await runSdx(command);
  if (again.exitCode !== 0) return `exit ${again.exitCode}: ${again.stderr.slice(-400)}`;
  return isDeepStrictEqual(await seenIn(folder), expected) ? undefined : 'other bytes';
}

/** An hour passes, and the machine starts again: the processes that the files name are no more. */
async function startAgain(folder: string): Promise<void> {
  const then = new Date(Date.now() - 3_600_000);
  for (const name of await readdir(folder, { recursive: true })) {
    const file = path.join(folder, name);
    if ((await stat(file)).isFile() && /^store\/(locks|uses|runs)\//.test(name)) {
      const text = await readFile(file, 'latin1');
      await writeFile(file, text.replace(/("processStart":\s*)"\d+"/, '$1"0"'), 'latin1');
    }
    await utimes(file, then, then);
  }
}
