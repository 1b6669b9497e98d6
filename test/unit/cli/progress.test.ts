import { describe, expect, test, vi } from 'vitest';
import { formatDuration } from '../../../src/duration.ts';
import type { Io } from '../../../src/cli/io.ts';
import { openProgress } from '../../../src/cli/progress.ts';
import type { AskCosts } from '../../../src/cli/progress/whole-run.ts';
import type { RunEvent, RunEventBody } from '../../../src/runner/events.ts';

function at(second: number, body: RunEventBody): RunEvent {
  return { time: new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString(), ...body };
}

const step = (done: number): RunEventBody => ({
  type: 'stage-progress',
  stage: 'teacher',
  done,
  total: 1000,
  unit: 'steps',
  note: 'loss 0.5',
});

function shown(events: readonly RunEvent[], isTty: boolean): string {
  let text = '';
  const io = { stderr: { write: (part: string) => (text += part) }, isTty } as unknown as Io;
  const progress = openProgress(io);
  for (const event of events) progress.show(event);
  progress.close();
  return text;
}

test('plain lines: a tenth or a minute apart, at least five seconds', () => {
  const start = at(0, { type: 'stage-start', stage: 'teacher', key: 'k', resumed: true });
  const fast = Array.from({ length: 1000 }, (_, i) => at(i / 100, step(i + 1)));
  expect(shown([start, ...fast], false).split('\n')).toEqual([
    '2026-01-01T00:00:00Z teacher: goes on from its checkpoint',
    '2026-01-01T00:00:05Z teacher: 50 % (501/1000 steps), loss 0.5, 5.0 s left',
    '',
  ]);
  const slow = Array.from({ length: 21 }, (_, i) => at(10 * i, step(i + 1)));
  expect(shown(slow, false).split('\n')).toEqual([
    '2026-01-01T00:01:00Z teacher: 0 % (7/1000 steps), loss 0.5, 2 h 46 min left',
    '2026-01-01T00:02:00Z teacher: 1 % (13/1000 steps), loss 0.5, 2 h 45 min left',
    '2026-01-01T00:03:00Z teacher: 1 % (19/1000 steps), loss 0.5, 2 h 44 min left',
    '',
  ]);
});

test('plain lines for what ends, waits and fails', () => {
  const text = shown(
    [
      at(0, { type: 'stage-cached', stage: 'dataset', key: 'k' }),
      at(1, {
        type: 'stage-waiting',
        stage: 'teacher',
        key: 'k',
        lockFile: '.sdx/locks/k.lock',
        owner: { pid: 7, host: 'gpu1', since: '2026-01-01T00:00:00.000Z' },
      }),
      at(2, { type: 'stage-failed', stage: 'distill:sd', error: { name: 'StageError', message: 'NaN' } }),
      at(3, { type: 'stage-blocked', stage: 'sample:sd', by: 'distill:sd' }),
      at(4, { type: 'stage-done', stage: 'reference', key: 'k', seconds: 83 }),
    ],
    false,
  );
  expect(text.replaceAll(/^\S+ /gm, '')).toBe(
    [
      'dataset: cached',
      'teacher: waits for process 7 on gpu1, at work since 2026-01-01T00:00:00.000Z; if that has ended, remove .sdx/locks/k.lock',
      'distill:sd: failed: NaN',
      'sample:sd: not run, needs distill:sd',
      'reference: done in 1 min 23 s',
      '',
    ].join('\n'),
  );
});

test('a terminal gets a bar with note and time left, and a clean line in the end', () => {
  const text = shown(
    [
      at(0, step(100)),
      at(10, step(200)),
      at(11, { type: 'stage-warning', stage: 'teacher', message: 'slow disk' }),
      at(12, { type: 'stage-done', stage: 'teacher', key: 'k', seconds: 12 }),
    ],
    true,
  );
  expect(text).toContain('teacher [');
  expect(text).toContain('20% 200/1000 steps  loss 0.5  1 min 20 s left');
  expect(text).toContain('\r\u001b[2Kteacher: warning: slow disk\n');
  expect(text.endsWith('teacher: done in 12 s\n')).toBe(true);
});

describe('the whole run, on a terminal', () => {
  const stages = [
    { id: 'dataset', kind: 'dataset', key: 'd', cached: true },
    { id: 'teacher', kind: 'teacher', key: 't', cached: false },
    { id: 'distill:sd', kind: 'distill', key: 's', cached: false },
  ] as const;
  const begin = at(0, { type: 'plan-start', experiment: 'x', stages });
  const work: readonly RunEvent[] = [
    at(1, { type: 'stage-start', stage: 'teacher', key: 't', resumed: false }),
    at(2, step(100)),
    at(12, step(200)),
  ];

  /** The last thing that stood in the line, and all that was written. */
  async function told(askCosts: AskCosts, events: readonly RunEvent[]): Promise<[string, string]> {
    let text = '';
    const io = { stderr: { write: (part: string) => (text += part) }, isTty: true } as unknown as Io;
    const progress = openProgress(io, askCosts);
    progress.show(begin);
    await new Promise(setImmediate);
    for (const event of events) progress.show(event);
    return [text.slice(text.lastIndexOf('\r')).replace('\r\u001b[2K', ''), text];
  }

  test('stages that have ended, and how long the rest takes at the pace of the stage at work', async () => {
    const operations = new Map([
      ['teacher', 1000],
      ['distill:sd', 500],
    ]);
    const costs = () => Promise.resolve({ operations, seconds: new Map<string, number>() });
    // 800 of 1000 steps at ten a second, then half as many operations as the teacher's.
    expect((await told(costs, work))[0]).toBe(
      '- run 1/3, about 2 min 10 s left | teacher 20% 200/1000 steps  1 min 20 s left',
    );
    const done = at(101, { type: 'stage-done', stage: 'teacher', key: 't', seconds: 100 });
    expect((await told(costs, [...work, done]))[0]).toBe(
      'teacher: done in 1 min 40 s\n- run 2/3, about 50 s left',
    );
  });

  test('asks nothing where all is in the store', async () => {
    const asked = vi.fn();
    let text = '';
    const io = { stderr: { write: (part: string) => (text += part) }, isTty: true } as unknown as Io;
    const cached = stages.map((stage) => ({ ...stage, cached: true }));
    openProgress(io, asked).show(at(0, { type: 'plan-start', experiment: 'x', stages: cached }));
    await new Promise(setImmediate);
    expect(asked).not.toHaveBeenCalled();
    expect(text).toContain('- run 3/3');
  });

  test('says why it tells no time', async () => {
    const [line, all] = await told(() => Promise.reject(new Error('no such network')), work);
    expect(all).toContain('the time that is left is not told: no such network\n');
    expect(line).toMatch(/^- run 1\/3 \| teacher \[=+ +] 20% 200\/1000 steps/);
  });
});

test('the heartbeat beats while a line is there, and not while lines are printed', () => {
  const log: string[] = [];
  const heartbeat = { start: () => log.push('start'), stop: () => log.push('stop') };
  const io = {
    stderr: { write: (text: string) => log.push(text) },
    isTty: true,
    heartbeat: () => heartbeat,
  } as unknown as Io;
  const progress = openProgress(io);
  progress.show(at(0, { type: 'stage-warning', stage: 'teacher', message: 'slow disk' }));
  progress.close();
  const running = log.reduce((now, entry, i) => {
    if (entry === 'start') return true;
    if (entry === 'stop') return false;
    expect(now, `${i}: ${entry}`).toBe(false);
    return now;
  }, false);
  expect(running).toBe(false);
  expect(log.filter((entry) => entry === 'start')).toHaveLength(2);
});

test.each([
  [0.04, '0.0 s'],
  [9.96, '10 s'],
  [59.4, '59 s'],
  [59.6, '1 min'],
  [200, '3 min 20 s'],
  [3599.7, '1 h'],
  [7500, '2 h 5 min'],
  [86_400 * 3 + 3600 * 4, '3 d 4 h'],
])('%d seconds are %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});
