import { expect, test } from 'vitest';
import { timeLeft, type TimedStage } from '../../../src/watch/time-left.ts';

const ended = (kind: string, flop: number, seconds: number): TimedStage => ({
  ...{ kind, flop, seconds, status: 'ended' },
});

test('a running stage goes on at its own pace, later ones at that of their kind', () => {
  const stages: TimedStage[] = [
    ended('sample', 100, 10),
    { kind: 'distill', flop: 1000, status: 'running', fraction: 0.75, pace: 0.01 },
    { kind: 'sample', flop: 50, status: 'pending' }, // 5 s
    { kind: 'distill', flop: 2000, status: 'pending' }, // 200 s, as the one that runs
    { kind: 'dataset', flop: 0, status: 'pending' },
  ];
  expect(timeLeft(stages)).toEqual({ seconds: 25 + 5 + 200, isLowerBound: false });
});

test('kinds that nothing was measured of go as all others together', () => {
  const stages: TimedStage[] = [
    ended('autoencoder', 100, 10),
    ended('latents', 300, 10),
    { kind: 'teacher', flop: 400, status: 'running' },
  ];
  expect(timeLeft(stages)).toEqual({ seconds: 20, isLowerBound: false });
});

test('what is not known makes it a lower bound', () => {
  const stages: TimedStage[] = [
    { kind: 'teacher', flop: 400, status: 'running', fraction: 0.5, pace: 0.1 },
    { kind: 'evaluate', flop: undefined, status: 'pending' },
  ];
  expect(timeLeft(stages)).toEqual({ seconds: 5, isLowerBound: true });
});

test('nothing is said where nothing is left, or nothing was measured', () => {
  expect(timeLeft([ended('teacher', 10, 1)])).toBeUndefined();
  expect(timeLeft([{ kind: 'teacher', flop: 10, status: 'running' }])).toBeUndefined();
});
