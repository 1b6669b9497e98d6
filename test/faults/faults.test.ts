// A sample of the campaign that fits into a few minutes; `npm run campaign` is all of it.
import path from 'node:path';
import { expect, it } from 'vitest';
import { folderPerFile } from '../support/temporary-folder.ts';
import { damages } from './damage.ts';
import { hostileWeights } from './hostile-weights.ts';
import { ioFaults } from './io-faults.ts';
import { kills } from './kill.ts';
import { powerLosses } from './power.ts';
import { tallyText, type Case } from './tally.ts';

const seed = 20261130;
const inFolder = folderPerFile();

function expectNoFailure(cases: readonly Case[], least: number): void {
  expect(cases.length).toBeGreaterThanOrEqual(least);
  expect(
    cases.filter(({ outcome }) => outcome === 'failed'),
    tallyText(cases),
  ).toEqual([]);
}

it('no failure of the disk is misnamed, and none leaves other bytes behind', async () => {
  expectNoFailure(await ioFaults(inFolder(), { seed, count: 40, scenes: ['runner', 'results'] }), 40);
  expectNoFailure(await ioFaults(inFolder(), { seed, count: 8, scenes: ['autoencoder', 'latents'] }), 8);
});

it('no loss of power takes what was published, or leaves other bytes behind', async () => {
  const some = { seed, count: 8, stages: ['autoencoder', 'latents'] };
  expectNoFailure(await powerLosses(inFolder('power'), some), 8);
});

it('no process that is killed leaves other bytes behind, or stands in the way of another', async () => {
  expectNoFailure(await kills(inFolder('kill'), { seed, count: 1, scenarios: ['two runs'] }), 1);
});

it('no damaged file of a store is used', async () => {
  expectNoFailure(await damages(inFolder(), { seed, count: 6 }), 18);
});

it('no weights file runs anything, or costs more than it may', async () => {
  expectNoFailure(await hostileWeights(path.join(inFolder(), 'weights'), seed, 200), 200);
});
