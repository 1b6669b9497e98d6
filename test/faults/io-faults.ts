// Every n-th operation on a disk fails, with each error, once and from then on; then the same command without faults
// has to end with the same bytes. Stages are fake, so that a run takes a fraction of a second.
import { appendFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { draw } from './draw.ts';
import { errorCodes, operationKinds, withFault, type Fault } from './failing-fs.ts';
import type { Case } from './tally.ts';
import { artifactsIn, misnamed, resultsIn, runIn, runSdx, withFakeStages } from './worlds.ts';

interface Seen {
  readonly artifacts: Readonly<Record<string, string>>;
  readonly results: unknown;
}

export interface IoFaultsOptions {
  readonly seed: number;
  readonly count?: number;
  /** Kinds of operations; absent: all. */
  readonly kinds?: readonly string[];
  /** Takes a line of JSON for each case that was tried; cases that are in it are taken from there. */
  readonly doneFile?: string;
}

/** Runs `count` of all cases that there are; the seed decides which. */
export async function ioFaults(
  folder: string,
  { seed, count = Infinity, kinds = operationKinds, doneFile }: IoFaultsOptions,
): Promise<Case[]> {
  const strange = kinds.find((kind) => !operationKinds.some((known) => known === kind));
  if (strange !== undefined) throw new Error(`${strange} is not one of ${operationKinds.join(', ')}`);
  const done = new Map((await casesIn(doneFile)).map((one) => [one.what, one]));
  return withFakeStages(folder, async (file) => {
    const whole = await mkdtemp(path.join(folder, 'whole-'));
    const { result, counts } = await withFault(whole, undefined, () => runSdx(runIn(whole, file)));
    if (result.exitCode !== 0) throw new Error(`without faults: ${result.stderr}`);
    const expected = await seenIn(whole);
    const asked = operationKinds.filter((kind) => kinds.includes(kind));
    const all = asked.flatMap((kind) =>
      Array.from({ length: counts[kind] }, (_, i) => i + 1).flatMap((n) =>
        errorCodes.flatMap((code) => [false, true].map((lasting): Fault => ({ kind, n, code, lasting }))),
      ),
    );
    const cases: Case[] = [];
    for (const fault of draw(all, Math.min(count, all.length), seed, 'io-faults')) {
      const before = done.get(whatOf(fault));
      if (before !== undefined) {
        cases.push(before);
        continue;
      }
      const at = path.join(folder, 'case');
      await mkdir(at);
      const tryOut = await tried(at, file, fault, expected);
      cases.push(tryOut);
      if (doneFile !== undefined) await appendFile(doneFile, `${JSON.stringify(tryOut)}\n`);
      await rm(at, { recursive: true });
    }
    return cases;
  });
}

async function casesIn(file: string | undefined): Promise<Case[]> {
  const text = file === undefined ? '' : await readFile(file, 'utf8').catch(() => ''); // the first time
  // The last line may have been cut off.
  return text
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as Case);
}

function whatOf({ kind, n, code, lasting }: Fault): string {
  return `${kind} ${n} ${code} ${lasting ? 'from then on' : 'once'}`;
}

async function seenIn(folder: string): Promise<Seen> {
  return { artifacts: artifactsIn(folder), results: await resultsIn(folder, 'faults') };
}

async function tried(folder: string, file: string, fault: Fault, expected: Seen): Promise<Case> {
  const named = { group: `${fault.kind} fails`, what: whatOf(fault) };
  const failed = (why: string): Case => ({ ...named, outcome: 'failed', why });
  const { result } = await withFault(folder, fault, () => runSdx(runIn(folder, file)));
  // What a run can do without, such as remembered digests, may fail unseen.
  const problem = result.exitCode === 0 ? undefined : misnamed(result);
  if (problem !== undefined) return failed(problem);
  const again = await runSdx(runIn(folder, file));
  if (again.exitCode !== 0)
    return failed(`then without faults: exit ${again.exitCode}: ${again.stderr.slice(-400)}`);
  if (!isDeepStrictEqual(await seenIn(folder), expected)) return failed('then without faults: other bytes');
  return { ...named, outcome: result.exitCode === 0 ? 'unharmed' : 'refused' };
}
