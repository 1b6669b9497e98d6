import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { jobLogFile, readJobState } from '../../../src/jobs/job-state.ts';
import type { LaunchEvent, LaunchOutcome } from '../../../src/jobs/launcher.ts';
import { localLauncher } from '../../../src/jobs/local.ts';
import { readRunEvent, type RunEvent } from '../../../src/runner/events.ts';
import { script } from '../../support/processes/sdx.ts';

const support = path.join(import.meta.dirname, '../../support/processes');
const fakeCell = path.join(support, 'fake-cell.mjs');
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sdx-local-'));
  await mkdir(path.join(folder, 'jobs'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Launched {
  readonly outcome: LaunchOutcome;
  readonly events: readonly LaunchEvent<RunEvent>[];
  /** Status and error of every job at the end. */
  readonly ended: Readonly<Record<string, string>>;
}

interface LaunchSettings {
  readonly jobs?: number;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: LaunchEvent<RunEvent>) => void;
}

/** `behaviours` by job id; ids that start with `shared` are shared jobs, and all cells need the first. */
async function launch(
  behaviours: Readonly<Record<string, string>>,
  { jobs = 1, signal = new AbortController().signal, onEvent }: LaunchSettings = {},
): Promise<Launched> {
  const ids = Object.keys(behaviours);
  const shared = ids.filter((id) => id.startsWith('shared'));
  const events: LaunchEvent<RunEvent>[] = [];
  const job = (id: string) => ({ id, experimentFile: '' });
  const outcome = await localLauncher.launch({
    sweep: 'test',
    folder,
    shared: shared.map(job),
    cells: ids
      .filter((id) => !shared.includes(id))
      .map((id) => ({ ...job(id), ...(shared[0] === undefined ? {} : { needs: shared[0] }) })),
    command: ({ id }) => [process.execPath, fakeCell, folder, id, behaviours[id]!],
    readEvent: readRunEvent,
    collect: [],
    jobs,
    dryRun: false,
    signal,
    onEvent: (event) => {
      events.push(event);
      onEvent?.(event);
    },
  });
  const ended: Record<string, string> = {};
  for (const id of ids) {
    const state = await readJobState(folder, id);
    ended[id] = [state?.status ?? 'none', state?.error ?? ''].filter(Boolean).join(': ');
  }
  return { outcome, events, ended };
}

/** `id status` of every change of state after `pending`. */
function changes(events: readonly LaunchEvent<RunEvent>[]): string[] {
  return events.flatMap((event) =>
    event.type === 'job' && event.state.status !== 'pending' ? [`${event.job} ${event.state.status}`] : [],
  );
}

test('shared jobs come first, cells when theirs is done', async () => {
  const { outcome, events } = await launch({ 'shared-1': '50', a: '0', b: '0' }, { jobs: 2 });
  expect(outcome.status).toBe('finished');
  expect(changes(events).slice(0, 2)).toEqual(['shared-1 running', 'shared-1 done']);
  expect(changes(events).sort()).toEqual(
    ['a', 'b', 'shared-1'].flatMap((id) => [`${id} done`, `${id} running`]),
  );
});

test('as many run together as are allowed', async () => {
  const most = async (jobs: number): Promise<number> => {
    let [now, top] = [0, 0];
    const behaviours = { a: '150', b: '150', c: '150', d: '0' };
    const onEvent = (event: LaunchEvent<RunEvent>): void => {
      if (event.type !== 'job' || event.state.status === 'pending') return;
      now += event.state.status === 'running' ? 1 : -1;
      top = Math.max(top, now);
    };
    await launch(behaviours, { jobs, onEvent });
    return top;
  };
  expect([await most(1), await most(3), await most(0)]).toEqual([1, 3, 1]);
});

test('passes events on, and other lines nowhere', async () => {
  const { events } = await launch({ a: '0' });
  expect(events.filter(({ type }) => type === 'run')).toMatchObject([
    { job: 'a', event: { type: 'stage-done', stage: 'dataset' } },
  ]);
});

test('a failed job does not stop the others', async () => {
  const { outcome, ended } = await launch({ a: 'fail', b: '0' });
  expect(outcome.status).toBe('finished');
  expect(ended).toEqual({ a: 'failed: distill:sd: diverged', b: 'done' });
});

test('a job that is killed, or says nothing, has failed with what is known', async () => {
  const { ended } = await launch({ killed: 'die', silent: 'usage' });
  expect(ended).toEqual({
    killed: 'failed: was killed by SIGKILL: out of memory',
    silent: 'failed: ended with exit code 2: error: no such option',
  });
  expect(await readFile(jobLogFile(folder, 'killed'), 'utf8')).toMatch(/^--- .* killed\nout of memory\n$/);
});

test('of a log, only what the last run said is quoted', async () => {
  await launch({ a: 'usage' });
  expect((await launch({ a: 'die' })).ended['a']).toBe('failed: was killed by SIGKILL: out of memory');
});

test('cells whose shared job failed are not run', async () => {
  const { events, ended } = await launch({ 'shared-1': 'fail', a: '0' });
  expect(ended['a']).toBe('failed: not run: shared-1 failed');
  expect(changes(events)).toEqual(['shared-1 running', 'shared-1 failed', 'a failed']);
});

test('a stop reaches every running job once; those not started stay pending', async () => {
  const controller = new AbortController();
  let waiting = 0;
  const { outcome, ended } = await launch(
    { a: 'wait', b: 'wait', c: '0' },
    {
      jobs: 2,
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === 'run' && event.event.type === 'stage-start' && ++waiting === 2) controller.abort();
      },
    },
  );
  expect(outcome.status).toBe('interrupted');
  expect(ended).toEqual({ a: 'interrupted: 1 signals', b: 'interrupted: 1 signals', c: 'pending' });
});

test('a dry run says what would run and writes nothing', async () => {
  const outcome = await localLauncher.launch({
    sweep: 'test',
    folder,
    shared: [],
    cells: [{ id: 'a', experimentFile: '' }],
    command: ({ id }) => ['sdx', 'cell', id],
    readEvent: readRunEvent,
    collect: [],
    jobs: 1,
    dryRun: true,
    signal: new AbortController().signal,
    onEvent: () => undefined,
  });
  expect(outcome).toEqual({ status: 'planned', text: 'sdx cell a\n' });
  expect(await readJobState(folder, 'a')).toBeUndefined();
});

test('cancel stops the sweep, which stops its jobs, once each, and starts no more', async () => {
  const child = script(path.join(support, 'launch-locally.ts'), [folder, 'a', 'b', 'c']);
  const lines: string[] = [];
  for await (const line of child) {
    lines.push(line);
    if (lines.length === 2) expect(await localLauncher.cancel(folder)).toEqual(['a', 'b']);
  }
  expect(lines.at(-1)).toBe('interrupted');
  const states = await Promise.all(['a', 'b', 'c'].map((id) => readJobState(folder, id)));
  expect(states.map((state) => [state?.status, state?.error])).toEqual([
    ['interrupted', '1 signals'],
    ['interrupted', '1 signals'],
    ['pending', undefined],
  ]);
  expect((await readdir(folder)).filter((name) => name.startsWith('launch-'))).toEqual([]);
});

test('cancel asks jobs that have lost their sweep themselves', async () => {
  const child = script(path.join(support, 'launch-locally.ts'), [folder, 'a']);
  child.stdout.once('data', () => child.kill('SIGKILL'));
  await child;
  expect(await localLauncher.cancel(folder)).toEqual(['a']);
  await vi.waitFor(async () => {
    expect((await readJobState(folder, 'a'))?.error).toBe('1 signals');
  });
});
