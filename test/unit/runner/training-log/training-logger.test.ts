// Logs over interruptions: what is trained again is logged once, what is of another training not at all.
import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { logFolder, readTrainingLog } from '../../../../src/runner/training-log/log-file.ts';
import { TrainingLogger } from '../../../../src/runner/training-log/training-logger.ts';
import { folderPerTest } from '../../../support/temporary-folder.ts';

const dir = folderPerTest();
const stage = 'distill:sd';
const time = '2026-01-31T08:15:00.000Z';
const folder = () => logFolder(dir(), 'small', stage);

interface Session {
  readonly key?: string;
  readonly tensorboard?: boolean;
}

/** A process that trains the stage and logs these steps. */
async function session(steps: readonly number[], { key = 'k', tensorboard = true }: Session = {}) {
  const logger = new TrainingLogger(dir(), { experiment: 'small', tensorboard });
  logger.observe({ time, type: 'stage-start', stage, key, resumed: false });
  for (const step of steps)
    logger.observe({ time, type: 'stage-metric', stage, step, values: { loss: 1 / step } });
  return logger.settled();
}

async function loggedSteps(): Promise<number[] | undefined> {
  return (await readTrainingLog(folder()))?.points.map(({ step }) => step);
}

async function eventFiles(): Promise<string[]> {
  return (await readdir(folder())).filter((name) => name.includes('tfevents')).sort();
}

/** Steps of the messages in an event file: of sessions' starts negative. */
async function eventSteps(name: string): Promise<number[]> {
  const bytes = await readFile(path.join(folder(), name));
  const steps: number[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = Number(bytes.readBigUInt64LE(at));
    const message = bytes.subarray(at + 12, at + 12 + length);
    at += 12 + length + 4;
    if (message[9] !== 0x10) continue; // no step: the version
    steps.push(message[11] === 0x3a ? -message[10]! : message[10]!);
  }
  return steps;
}

test('every point is a line of JSON with its time and losses', async () => {
  await session([2, 4]);
  expect(path.relative(dir(), folder())).toBe(path.join('logs', 'small', 'distill-sd'));
  expect((await readFile(path.join(folder(), 'losses.jsonl'), 'utf8')).split('\n')).toEqual([
    '{"key":"k"}',
    `{"step":2,"time":"${time}","loss":0.5}`,
    `{"step":4,"time":"${time}","loss":0.25}`,
    '',
  ]);
});

test('a training that goes on from a checkpoint keeps what was before it', async () => {
  await session([2, 4, 6]);
  await appendFile(path.join(folder(), 'losses.jsonl'), '{"step":7,"ti'); // killed in the middle of a line
  await session([6, 8]);
  await session([10]);
  expect(await loggedSteps()).toEqual([2, 4, 6, 8, 10]);
  const files = await eventFiles();
  expect(await Promise.all(files.map(eventSteps))).toEqual([
    [-2, 2, 4, 6],
    [-6, 6, 8],
    [-10, 10],
  ]);
});

test('what another artifact was trained with does not count', async () => {
  await session([2, 4, 6], { key: 'other' });
  await session([4, 8]);
  expect(await readTrainingLog(folder())).toMatchObject({ key: 'k' });
  expect(await loggedSteps()).toEqual([4, 8]);
});

test('without TensorBoard there are lines alone; an event file that comes later begins with them', async () => {
  await session([2, 4], { tensorboard: false });
  expect(await readdir(folder())).toEqual(['losses.jsonl']);
  await session([4, 6]);
  expect(await eventSteps((await eventFiles())[0]!)).toEqual([-2, 2, 4, 6]);
});

test('a log that cannot be written is told once, and given up', async () => {
  await writeFile(dir('logs'), 'a file where a folder should be');
  const logger = new TrainingLogger(dir(), { experiment: 'small', tensorboard: true });
  const metric = { time, type: 'stage-metric', stage, step: 2, values: { loss: 1 } } as const;
  logger.observe(metric);
  expect(await logger.settled()).toMatchObject({ code: expect.stringMatching(/ENOTDIR|EEXIST/) as string });
  logger.observe(metric);
  expect(await logger.settled()).toBeUndefined();
});

test('there is no log where nothing was trained', async () => {
  expect(await readTrainingLog(folder())).toBeUndefined();
});
