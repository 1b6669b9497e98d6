// Every n-th operation on a disk fails, with each error, once and from then on; then the same command without faults
// has to end with the same bytes. Stages are fake, so that a run takes a fraction of a second.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
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

/** Runs `count` of all cases that there are; the seed decides which. */
export async function ioFaults(
  folder: string,
  { seed, count = Infinity }: { readonly seed: number; readonly count?: number },
): Promise<Case[]> {
  return withFakeStages(folder, async (file) => {
    const whole = await mkdtemp(path.join(folder, 'whole-'));
    const { result, counts } = await withFault(whole, undefined, () => runSdx(runIn(whole, file)));
    if (result.exitCode !== 0) throw new Error(`without faults: ${result.stderr}`);
    const expected = await seenIn(whole);
    const all = operationKinds.flatMap((kind) =>
      Array.from({ length: counts[kind] }, (_, i) => i + 1).flatMap((n) =>
        errorCodes.flatMap((code) => [false, true].map((lasting): Fault => ({ kind, n, code, lasting }))),
      ),
    );
    const cases: Case[] = [];
    for (const fault of draw(all, Math.min(count, all.length), seed, 'io-faults')) {
      const at = path.join(folder, 'case');
      await mkdir(at);
      cases.push(await tried(at, file, fault, expected));
      await rm(at, { recursive: true });
    }
    return cases;
  });
}

async function seenIn(folder: string): Promise<Seen> {
  return { artifacts: artifactsIn(folder), results: await resultsIn(folder, 'faults') };
}

async function tried(folder: string, file: string, fault: Fault, expected: Seen): Promise<Case> {
  const { kind, n, code, lasting } = fault;
  const named = { group: `${kind} fails`, what: `${kind} ${n} ${code} ${lasting ? 'from then on' : 'once'}` };
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
