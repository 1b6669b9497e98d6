// `npm run campaign -- --seed 1`: every fault, every damage and every hostile file that test/faults knows; prints a table
// and ends with 1 where a case failed. `--count n`: of each group no more than n cases;
// `--only io,damage,weights,power,kill`: these groups. `--scenes runner,teacher`: of io, power or kill these parts
// alone, of io every n of every operation with every error. `--done <file>`: a line for each case of io that has been tried; those that
// are in it already are not tried again, so it may be stopped.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { damages } from './damage.ts';
import { hostileWeights } from './hostile-weights.ts';
import { ioFaults } from './io-faults.ts';
import { kills } from './kill.ts';
import { setup as compile } from '../support/processes/compiled.ts';
import { powerLosses } from './power.ts';
import { tallyText, type Case } from './tally.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string' },
    only: { type: 'string' },
    scenes: { type: 'string' },
    done: { type: 'string' },
  },
});
const seed = Number(values.seed);
const some = values.count === undefined ? {} : { count: Number(values.count) };
const folder = await mkdtemp(path.join(tmpdir(), 'sdx-campaign-'));
const cases: Case[] = [];
try {
  const parts: Readonly<Record<string, () => Promise<Case[]>>> = {
    weights: () => hostileWeights(path.join(folder, 'weights'), seed, some.count ?? 2000),
    io: () =>
      ioFaults(folder, {
        seed,
        ...some,
        ...(values.scenes !== undefined && { scenes: values.scenes.split(',') }),
        ...(values.done !== undefined && { doneFile: values.done }),
      }),
    damage: () => damages(folder, { seed, ...some }),
    power: () =>
      powerLosses(path.join(folder, 'power'), {
        seed,
        ...some,
        ...(values.scenes !== undefined && { stages: values.scenes.split(',') }),
      }),
    kill: async () => {
      await compile();
      return kills(path.join(folder, 'kill'), {
        seed,
        ...some,
        ...(values.scenes !== undefined && { scenarios: values.scenes.split(',') }),
      });
    },
  };
  for (const [name, part] of Object.entries(parts))
    if (values.only === undefined || values.only.split(',').includes(name)) {
      const start = performance.now();
      cases.push(...(await part()));
      process.stderr.write(`${name}: ${((performance.now() - start) / 60_000).toFixed(1)} minutes\n`);
    }
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.stdout.write(`seed ${seed}\n${tallyText(cases)}\n`);
process.exitCode = cases.some(({ outcome }) => outcome === 'failed') ? 1 : 0;
