// Claim: reading every byte that a run takes from the store, and comparing it with its checksum, costs less than 1 % of the
// run. Usage, on a copy of a store that holds a finished run (stores are not changed by it):
//   tsx bench/checking.ts <store> [--seconds 510] [--repeats 7]
// Times a check of all artifacts in turn with the same look without reading their bytes; the difference is what checksums
// cost. `--seconds`: how long the run takes; left out, what its artifacts have noted.
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { openStore, type StoredArtifact } from '../src/store/store.ts';
import { median, withSpread } from './statistics.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string' }, repeats: { type: 'string', default: '7' } },
});
const [dir] = positionals;
if (dir === undefined) throw new Error('usage: tsx bench/checking.ts <store>');

const keys = await readdir(path.join(dir, 'artifacts'));

/** Processor time and time of `look` at every artifact, by a store that knows none of them yet. */
async function secondsOf(
  look: (store: ReturnType<typeof openStore>, key: string) => Promise<unknown>,
): Promise<{ readonly wall: number; readonly cpu: number }> {
  const store = openStore(dir!);
  const [start, before] = [performance.now(), process.cpuUsage()];
  for (const key of keys) await look(store, key);
  const { user, system } = process.cpuUsage(before);
  return { wall: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 };
}

const store = openStore(dir);
const artifacts = (await Promise.all(keys.map((key) => store.find(key)))).filter(
  (one): one is StoredArtifact => one !== undefined,
);
const bytes = artifacts
  .flatMap(({ manifest }) => Object.values(manifest.files))
  .reduce((sum, file) => sum + file.bytes, 0);
const noted = artifacts.reduce((sum, { manifest }) => sum + manifest.seconds, 0);
const run = Number(values.seconds ?? noted);

const [checks, looks] = [[], []] as [{ wall: number; cpu: number }[], { wall: number; cpu: number }[]];
for (let i = 0; i < Number(values.repeats); i++) {
  checks.push(
    await secondsOf(async (fresh, key) => {
      const found = await fresh.examine(key);
      if (found?.damages.length !== 0) throw new Error(`${key} is damaged: this times nothing`);
    }),
  );
  looks.push(await secondsOf((fresh, key) => fresh.find(key)));
}
const cost = checks.map(({ wall }, i) => wall - looks[i]!.wall);
const lines = [
  `${artifacts.length} artifacts, ${(bytes / 1e6).toFixed(1)} MB; n ${values.repeats}`,
  `check  ${withSpread(
    checks.map(({ wall }) => wall),
    3,
  )} s, processor ${withSpread(
    checks.map(({ cpu }) => cpu),
    3,
  )} s`,
  `look   ${withSpread(
    looks.map(({ wall }) => wall),
    3,
  )} s, processor ${withSpread(
    looks.map(({ cpu }) => cpu),
    3,
  )} s`,
  `share of a run of ${run.toFixed(0)} s: ${((100 * median(cost)) / run).toFixed(3)} %`,
];
process.stdout.write(`${lines.join('\n')}\n`);
