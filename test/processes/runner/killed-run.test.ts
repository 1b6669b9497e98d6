// Runs in processes of their own: killed in the middle, and two at once on one store.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore } from '../../../src/store/store.ts';
import { compilePlan } from '../../../src/plan/compile.ts';
import type { RunEvent } from '../../../src/runner/events.ts';
import { readRunRecord } from '../../../src/runner/run-record.ts';
import { smallExperiment, smallExternals } from '../../support/experiments/small-experiment.ts';

const script = path.resolve(import.meta.dirname, '../../support/processes/fake-stages-run.ts');
const plan = compilePlan(smallExperiment, smallExternals);
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'sdx-kill-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

interface Run {
  readonly child: ChildProcess;
  readonly events: RunEvent[];
  /** Exit code, or null where a signal ended it. */
  readonly ended: Promise<number | null>;
  /** Resolves at the first event that `matches`. */
  readonly reached: (matches: (event: RunEvent) => boolean) => Promise<void>;
}

function start(store: string, name: string, delay: number): Run {
  const child = spawn(process.execPath, ['--import', 'tsx', script, store, name, String(delay)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const events: RunEvent[] = [];
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    for (const line of lines) events.push(JSON.parse(line) as RunEvent);
    child.emit('events');
  });
  return {
    child,
    events,
    ended: once(child, 'close').then(([code]) => code as number | null),
    reached: async (matches) => {
      while (!events.some(matches)) await once(child, 'events');
    },
  };
}

/** Contents of every file of every artifact, without times. */
async function contents(store: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const { key, id } of plan.nodes) {
    const folder = path.join(store, 'artifacts', key);
    for (const file of await readdir(folder))
      if (file !== 'artifact.json')
        files[`${id}/${file}`] = await readFile(path.join(folder, file), 'base64');
  }
  return files;
}

test('killed in the middle of a stage: known as interrupted, and the same run again ends with the same bytes', async () => {
  const [killedStore, wholeStore] = [path.join(dir, 'killed'), path.join(dir, 'whole')];
  const killed = start(killedStore, 'small', 300);
  await killed.reached(
    (event) => event.type === 'stage-progress' && event.stage === 'teacher' && event.done === 2,
  );
  killed.child.kill('SIGKILL');
  expect(await killed.ended).toBeNull();

  const store = openStore(killedStore);
  const record = await readRunRecord(store.runFile('small'));
  expect(record?.status).toBe('interrupted');
  expect(record?.nodes).toMatchObject({
    latents: { status: 'done' },
    teacher: { status: 'interrupted' },
    'distill:sd': { status: 'pending' },
  });
  expect(await readdir(path.join(killedStore, 'locks'))).not.toEqual([]);

  const again = start(killedStore, 'small', 0);
  expect(await again.ended).toBe(0);
  expect(again.events.find(({ type }) => type === 'stage-start')).toMatchObject({
    stage: 'teacher',
    resumed: true,
  });
  expect((await store.find(plan.nodes.find(({ id }) => id === 'teacher')!.key))?.summary['startedAt']).toBe(
    2,
  );
  expect(await start(wholeStore, 'small', 0).ended).toBe(0);
  expect(await contents(killedStore)).toEqual(await contents(wholeStore));
  for (const folder of ['tmp', 'work', 'locks'])
    expect(await readdir(path.join(killedStore, folder))).toEqual([]);
});

test('two processes at once: every stage is made once, and both end well', async () => {
  const runs = [start(dir, 'one', 30), start(dir, 'two', 30)];
  expect(await Promise.all(runs.map(({ ended }) => ended))).toEqual([0, 0]);
  const made = runs.flatMap(({ events }) =>
    events.flatMap((event) => (event.type === 'stage-done' ? [event.stage] : [])),
  );
  expect(made.sort()).toEqual(plan.nodes.map(({ id }) => id).sort());
});
