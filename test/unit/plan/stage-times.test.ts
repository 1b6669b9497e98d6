import { expect, test } from 'vitest';
import { stageTime, type Timed } from '../../../src/plan/stage-times.ts';

const network = (macs: number) => ({ params: 10, macs, attentionMacs: 0 });
const training = (macs: number, flop: number, batchSize = 4): Timed['estimate'] => ({
  network: network(macs),
  flop,
  amount: { unit: 'steps', count: 10, batchSize },
});

/** 10, 5, 2 and 1 operation a second. */
const timed: readonly Timed[] = [
  { kind: 'distill', estimate: training(7, 1000), seconds: 100 },
  { kind: 'distill', estimate: training(7, 500, 8), seconds: 100 },
  { kind: 'distill', estimate: training(9, 400), seconds: 200 },
  { kind: 'sample', estimate: { network: network(7), flop: 100 }, seconds: 100 },
];

test.each([
  ['the same network and batch', { kind: 'distill', estimate: training(7, 200) }, 20, 'network'],
  ['another network', { kind: 'distill', estimate: training(8, 1900) }, 400, 'kind'],
  ['a kind that was not timed', { kind: 'teacher', estimate: training(7, 2000) }, 500, 'others'],
  ['nothing to compute', { kind: 'dataset', estimate: { flop: 0 } }, 0, 'network'],
])('%s', (_, wanted, seconds, by) => {
  expect(stageTime(wanted, timed)).toEqual({ seconds, by });
});

test('what the stage itself has done counts first; what was tried counts before other kinds', () => {
  const teacher = { kind: 'teacher', estimate: training(7, 2000) };
  expect(stageTime(teacher, timed, { stopped: { fraction: 0.25, seconds: 10 }, probed: 4 })).toEqual({
    seconds: 30,
    by: 'itself',
  });
  expect(stageTime(teacher, timed, { stopped: { fraction: 0, seconds: 0 }, probed: 4 })).toEqual({
    seconds: 500,
    by: 'probe',
  });
});

test('a stage of a moment tells of another as short, not of one that takes minutes', () => {
  const smoke: readonly Timed[] = [{ kind: 'distill', estimate: training(7, 10), seconds: 2 }];
  expect(stageTime({ kind: 'distill', estimate: training(7, 20) }, smoke)?.seconds).toBe(4);
  expect(stageTime({ kind: 'distill', estimate: training(7, 2000) }, smoke)).toBeUndefined();
});

test('nothing is said where the work or every pace is not known', () => {
  expect(stageTime({ kind: 'sample', estimate: { flop: undefined } }, timed)).toBeUndefined();
  expect(stageTime({ kind: 'sample', estimate: { flop: 3 } }, [])).toBeUndefined();
});
