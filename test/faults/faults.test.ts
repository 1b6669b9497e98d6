// A sample of the campaign that fits into a few minutes; `npm run campaign` is all of it.
import path from 'node:path';
import { expect, it } from 'vitest';
import { folderPerFile } from '../support/temporary-folder.ts';
import { damages } from './damage.ts';
import { hostileWeights } from './hostile-weights.ts';
import { ioFaults } from './io-faults.ts';
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
  expectNoFailure(await ioFaults(inFolder(), { seed, count: 40 }), 40);
});

it('no damaged file of a store is used', async () => {
  expectNoFailure(await damages(inFolder(), { seed, count: 6 }), 18);
});

it('no weights file runs anything, or costs more than it may', async () => {
  expectNoFailure(await hostileWeights(path.join(inFolder(), 'weights'), seed, 200), 200);
});
