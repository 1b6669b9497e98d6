import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStore, type Store } from '../../../src/store/store.ts';
import { InterruptedError, InvariantError, StageError, UserError } from '../../../src/errors.ts';
import { compilePlan } from '../../../src/plan/compile.ts';
import { withSeed, type Plan } from '../../../src/plan/plan.ts';
import type { RunEvent } from '../../../src/runner/events.ts';
import { runOnTrained } from '../../../src/runner/run-on-trained.ts';
import { runPlan, type RunOutcome } from '../../../src/runner/run-plan.ts';
import { readRunRecord } from '../../../src/runner/run-record.ts';
import { logFolder, readTrainingLog } from '../../../src/runner/training-log/log-file.ts';
import { fakeStages, type FakeStages } from '../../support/stages/fake-stages.ts';
import { smallExperiment, smallExternals } from '../../support/experiments/small-experiment.ts';

const plan = compilePlan(smallExperiment, smallExternals);
let dir: string;
let store: Store;
let events: RunEvent[];

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'sdx-run-'));
  store = openStore(path.join(dir, 'store'));
  events = [];
});
afterEach(() => rm(dir, { recursive: true, force: true }));

function run(
  { stages }: FakeStages,
  options: { signal?: AbortSignal; plan?: Plan } = {},
): Promise<RunOutcome> {
  return runPlan({
    plan: options.plan ?? plan,
    stages,
    store,
    engine: () => Promise.reject(new Error('no stage here needs an engine')),
    signal: options.signal ?? new AbortController().signal,
    onEvent: (event) => events.push(event),
  });
}

function statuses(outcome: RunOutcome): Record<string, string> {
  return Object.fromEntries(Object.entries(outcome.nodes).map(([id, { status }]) => [id, status]));
}

async function recorded(): Promise<Record<string, string>> {
  const record = await readRunRecord(store.runFile('small'));
  return Object.fromEntries(Object.entries(record!.nodes).map(([id, { status }]) => [id, status]));
}

const ids = plan.nodes.map(({ id }) => id);
const folders = async (name: string): Promise<string[]> => (await readdir(path.join(store.dir, name))).sort();

test('a process whose lock was taken over refuses to publish, and leaves the other one its output', async () => {
  const { key } = plan.nodes.find(({ id }) => id === 'latents')!;
  const [lock, output] = [store.lockFile(key), path.join(store.dir, 'tmp', key)];
  const other = JSON.stringify({ pid: 1, host: 'elsewhere', since: '2026-01-31T08:15:00.000Z' });
  const fake = fakeStages({
    behaviour: async (id) => {
      if (id !== 'latents') return;
      await writeFile(lock, other);
      await writeFile(path.join(output, 'of-the-other'), '');
    },
  });
  await expect(run(fake)).rejects.toThrow(/another run took this one for gone and has taken over its lock/);
  expect(await folders('artifacts')).not.toContain(key);
  expect(await readdir(output)).toContain('of-the-other');
  expect(await readFile(lock, 'utf8')).toBe(other);
});

describe('training logs', () => {
  const telling = () =>
    fakeStages({
      behaviour: (id, { emit }) => {
        if (id === 'distill:sd') emit({ type: 'metric', step: 5, values: { loss: 0.5 } });
      },
    });
  const logged = (name: string) =>
    runPlan({
      plan,
      stages: telling().stages,
      store: openStore(path.join(dir, name)),
      engine: () => Promise.reject(new Error('no stage here needs an engine')),
      log: { experiment: 'mine', tensorboard: true },
      signal: new AbortController().signal,
      onEvent: (event) => events.push(event),
    });

  test('are written where they are asked for, and change no artifact', async () => {
    await logged('logged');
    const { key } = plan.nodes.find(({ id }) => id === 'distill:sd')!;
    const log = await readTrainingLog(logFolder(path.join(dir, 'logged'), 'mine', 'distill:sd'));
    expect(log).toMatchObject({ key, points: [{ step: 5, values: { loss: 0.5 } }] });
    expect(await readdir(path.join(dir, 'logged', 'logs', 'mine'))).toEqual(['distill-sd']);
    await run(telling());
    expect(await folders('artifacts')).toEqual((await readdir(path.join(dir, 'logged', 'artifacts'))).sort());
    expect(await readdir(store.dir)).not.toContain('logs');
  });

  test('that cannot be written are a warning', async () => {
    await mkdir(path.join(dir, 'full'));
    await writeFile(path.join(dir, 'full', 'logs'), 'in the way');
    const { failed } = await logged('full');
    expect(failed).toEqual([]);
    expect(events.filter(({ type }) => type === 'stage-warning')).toMatchObject([
      {
        stage: 'distill:sd',
        message: expect.stringMatching(/^its losses are not logged any more: /) as string,
      },
    ]);
  });
});

test('runs every stage once, in order, with its inputs; leaves nothing but artifacts and the record', async () => {
  const fake = fakeStages();
  const outcome = await run(fake);
  expect(fake.started).toEqual(ids);
  expect(outcome.failed).toEqual([]);
  expect(await folders('artifacts')).toEqual(plan.nodes.map(({ key }) => key).sort());
  expect(await folders('tmp')).toEqual([]);
  expect(await folders('work')).toEqual([]);
  expect(await folders('locks')).toEqual([]);
  const distilled = plan.nodes.find(({ id }) => id === 'distill:sd')!;
  const [latents, teacher] = ['latents', 'teacher'].map((id) => plan.nodes.find((node) => node.id === id)!);
  expect(await readFile(path.join(store.dir, 'artifacts', distilled.key, 'out.txt'), 'utf8')).toBe(
    `distill ${distilled.seed} latents=${latents!.key} teacher=${teacher!.key}`,
  );
  expect(new Set(Object.values(await recorded()))).toEqual(new Set(['done']));
});

test('events are JSON and tell the whole story in order', async () => {
  await run(fakeStages());
  expect(JSON.parse(JSON.stringify(events))).toEqual(events);
  const ofTeacher = events.filter((event) => 'stage' in event && event.stage === 'teacher');
  expect(ofTeacher.map(({ type }) => type)).toEqual([
    'stage-start',
    ...Array<string>(4).fill('stage-progress'),
    'stage-done',
  ]);
  expect(events[0]).toMatchObject({ type: 'plan-start', experiment: 'small' });
  expect(events.at(-1)).toMatchObject({ type: 'run-done', status: 'done', failed: [], blocked: [] });
});

test('the second run takes everything from the store', async () => {
  await run(fakeStages());
  const again = fakeStages();
  const outcome = await run(again);
  expect(again.started).toEqual([]);
  expect(statuses(outcome)).toEqual(Object.fromEntries(ids.map((id) => [id, 'cached'])));
  expect(new Set(Object.values(await recorded()))).toEqual(new Set(['cached']));
});

test('stopped by a signal: the same run again goes on from the checkpoint', async () => {
  const controller = new AbortController();
  const stopping = fakeStages({
    behaviour: (id) => {
      if (id === 'teacher') controller.abort();
    },
  });
  await expect(run(stopping, { signal: controller.signal })).rejects.toThrow(InterruptedError);
  const teacher = plan.nodes.find(({ id }) => id === 'teacher')!;
  expect(await readFile(path.join(store.dir, 'work', teacher.key, 'step'), 'utf8')).toBe('2');
  expect(await recorded()).toMatchObject({
    latents: 'done',
    teacher: 'interrupted',
    'distill:sd': 'pending',
  });
  expect(events.at(-1)).toMatchObject({ type: 'run-done', status: 'interrupted' });
  expect(await folders('locks')).toEqual([]);

  const resumed = fakeStages();
  await run(resumed);
  expect(resumed.started[0]).toBe('teacher');
  expect((await store.find(teacher.key))?.summary['startedAt']).toBe(2);
});

test('an abort error from a library counts as the signal', async () => {
  const controller = new AbortController();
  const fake = fakeStages({
    behaviour: () => {
      controller.abort();
      controller.signal.throwIfAborted();
    },
  });
  await expect(run(fake, { signal: controller.signal })).rejects.toThrow(InterruptedError);
});

describe('failures', () => {
  test('of one student leave the others alone', async () => {
    const fake = fakeStages({
      behaviour: (id) => {
        if (id === 'distill:lite') throw new RangeError('loss is NaN');
      },
    });
    const outcome = await run(fake);
    expect(outcome.failed).toEqual(['distill:lite']);
    expect(statuses(outcome)).toMatchObject({
      'evaluate:teacher': 'done',
      'distill:lite': 'failed',
      'sample:lite': 'blocked',
      'evaluate:lite': 'blocked',
      'evaluate:sd': 'done',
    });
    expect(outcome.nodes['evaluate:lite']).toEqual({ status: 'blocked', by: 'distill:lite' });
    const failure = outcome.nodes['distill:lite'];
    expect(failure?.status === 'failed' && failure.error).toMatchObject({
      name: 'StageError',
      stage: 'distill:lite',
      message: 'loss is NaN',
      cause: expect.any(RangeError) as RangeError,
    });
    expect(events.at(-1)).toMatchObject({
      status: 'failed',
      failed: ['distill:lite'],
      blocked: ['sample:lite', 'evaluate:lite'],
    });
    expect(await recorded()).toMatchObject({ 'distill:lite': 'failed', 'sample:lite': 'blocked' });
  });

  test.each([
    ['an unknown error', new TypeError('x is not a function'), StageError, 'x is not a function'],
    [
      'a user error, named',
      new UserError('input', 'no such file', { hint: 'h' }),
      UserError,
      'teacher: no such file',
    ],
    ['a bug', new InvariantError('bad plan'), InvariantError, 'bad plan'],
  ])('of a shared stage end the run: %s', async (_, error, type, message) => {
    const fake = fakeStages({
      behaviour: (id) => {
        if (id === 'teacher') throw error;
      },
    });
    const failure: unknown = await run(fake).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(type);
    expect((failure as Error).message).toBe(message);
    expect(fake.started.at(-1)).toBe('teacher');
    expect(await folders('tmp')).toEqual([]);
    expect(await folders('locks')).toEqual([]);
  });

  test('a failed stage keeps its checkpoints', async () => {
    const broken = fakeStages({
      behaviour: (id) => {
        if (id === 'distill:sd') throw new Error('no');
      },
    });
    await run(broken);
    await run(fakeStages());
    const { key } = plan.nodes.find(({ id }) => id === 'distill:sd')!;
    expect((await store.find(key))?.summary['startedAt']).toBe(2);
  });

  test.runIf(process.platform === 'linux')(
    'a full disk ends the run, even in a stage of one student',
    async () => {
      // /dev/full refuses every write with ENOSPC.
      const fake = fakeStages({
        behaviour: (id) => (id === 'distill:lite' ? writeFile('/dev/full', 'x') : undefined),
      });
      const failure: unknown = await run(fake).catch((thrown: unknown) => thrown);
      expect(failure).toBeInstanceOf(UserError);
      expect(failure).toMatchObject({ code: 'input' });
      expect((failure as UserError).message).toMatch(/distill:lite: .*the disk is full/);
      expect((failure as UserError).hint).toMatch(/free space/);
      expect(fake.started.at(-1)).toBe('distill:lite');
      expect(await recorded()).toMatchObject({ 'distill:lite': 'failed', 'distill:sd': 'pending' });
    },
  );

  test('a summary that is not JSON fails its stage and publishes nothing', async () => {
    const fake = fakeStages();
    const stages = {
      ...fake.stages,
      dataset: { ...fake.stages.dataset, run: () => Promise.resolve({ summary: { loss: Number.NaN } }) },
    };
    await expect(run({ ...fake, stages })).rejects.toThrow(/dataset.*loss is NaN/);
    expect(await folders('artifacts')).toEqual([]);
  });

  test('a store that cannot be made is refused before anything runs', async () => {
    await writeFile(path.join(dir, 'file'), '');
    store = openStore(path.join(dir, 'file', 'store'));
    const fake = fakeStages();
    await expect(run(fake)).rejects.toMatchObject({ name: 'UserError', code: 'input' });
    expect(fake.started).toEqual([]);
  });
});

test('two runs on one store: each stage runs once, the second waits and takes the results', async () => {
  const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
  const [first, second] = [fakeStages({ behaviour: pause }), fakeStages({ behaviour: pause })];
  const outcomes = await Promise.all([run(first), run(second, { plan: { ...plan, experiment: 'copy' } })]);
  expect(outcomes.map(({ failed }) => failed)).toEqual([[], []]);
  expect([...first.started, ...second.started].sort()).toEqual([...ids].sort());
  const waiting = events.find(({ type }) => type === 'stage-waiting');
  expect(waiting).toMatchObject({ stage: 'dataset', owner: { pid: process.pid } });
});

describe('damaged artifacts', () => {
  const at = (id: string, file: string): string =>
    path.join(store.dir, 'artifacts', plan.nodes.find((node) => node.id === id)!.key, file);
  const warnings = (): string[] =>
    events.flatMap((event) => (event.type === 'stage-warning' ? [event.message] : []));

  test.each([
    ['an input', 'latents', 'out.txt', 'latents', 'LATENTS'],
    ['a number that only goes into the table', 'evaluate:sd', 'artifact.json', '12.5', '11.5'],
  ])('%s: put aside with both digests, and made again', async (_, id, file, from, to) => {
    const before = await run(fakeStages());
    const text = await readFile(at(id, file), 'utf8');
    expect(text).toContain(from);
    await writeFile(at(id, file), text.replace(from, to));
    events = [];
    store = openStore(store.dir); // as another process would
    const again = fakeStages();
    const outcome = await run(again);
    expect(again.started).toEqual([id]);
    expect(warnings()).toHaveLength(1);
    expect(warnings()[0]).toMatch(
      new RegExp(`${file} has sha256 [0-9a-f]{64} and should have [0-9a-f]{64};.*damaged/`),
    );
    const summary = (of: RunOutcome): unknown => {
      const node = of.nodes[id];
      return node && 'artifact' in node && { ...node.artifact.summary, startedAt: 0 };
    };
    expect(summary(outcome)).toEqual(summary(before));
    expect(await folders('damaged')).toHaveLength(1);
  });

  test('a stage on trained models refuses damaged ones and trains nothing', async () => {
    await run(fakeStages());
    await writeFile(at('teacher', 'out.txt'), 'other');
    store = openStore(store.dir);
    const fake = fakeStages();
    const sample = plan.nodes.find(({ id }) => id === 'sample:teacher')!;
    await expect(
      runOnTrained({
        plan,
        nodes: [withSeed(sample, 7)],
        name: 'more',
        hint: 'run it again',
        stages: fake.stages,
        store,
        engine: () => Promise.reject(new Error('none')),
        signal: new AbortController().signal,
        onEvent: () => undefined,
      }),
    ).rejects.toMatchObject({
      code: 'input',
      message: expect.stringMatching(/artifact of teacher is damaged: out.txt has sha256/) as string,
      hint: 'run it again',
    });
    expect(fake.started).toEqual([]);
  });
});

test('twins share one artifact', async () => {
  const students = { ...smallExperiment.students, twin: smallExperiment.students['sd']! };
  const fake = fakeStages();
  const outcome = await run(fake, { plan: compilePlan({ ...smallExperiment, students }, smallExternals) });
  expect(fake.started).not.toContain('distill:twin');
  expect(outcome.nodes['evaluate:twin']?.status).toBe('cached');
});

describe('memory', () => {
  const inMemory = (memoryBytes: number, microBatch?: 'auto') => {
    const config = {
      ...smallExperiment,
      distill: { ...smallExperiment.distill, ...(microBatch && { microBatch }) },
    };
    const fake = fakeStages();
    const ended = runPlan({
      plan: compilePlan(config, smallExternals),
      stages: fake.stages,
      store,
      engine: () => Promise.reject(new Error('no stage here needs an engine')),
      machine: { device: 'cpu', memoryBytes, ranks: 1 },
      signal: new AbortController().signal,
      onEvent: (event) => events.push(event),
    });
    return { fake, ended };
  };

  test('a training that cannot fit is refused before any stage', async () => {
    const { ended } = inMemory(2 ** 20);
    await expect(ended).rejects.toThrow(/^teacher is predicted to take 0\.\d GiB with 4 samples at once/);
    expect(events).toEqual([]);
    expect(await folders('artifacts')).toEqual([]);
  });

  test('`auto` is decided before stages run, and said', async () => {
    await inMemory(2 ** 40, 'auto').ended;
    const told = events.flatMap((event) =>
      event.type === 'stage-info' ? [`${event.stage}: ${event.message}`] : [],
    );
    expect(told).toContainEqual(
      expect.stringMatching(/^distill:sd: 4 of 4 samples at once: 0\.\d GiB predicted$/),
    );
    const { key } = plan.nodes.find(({ id }) => id === 'distill:sd')!;
    const { params } = (await store.find(key))!.manifest;
    expect(params).toMatchObject({ distill: { microBatch: 4 } });
  });
});
