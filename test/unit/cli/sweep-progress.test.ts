import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Io } from '../../../src/cli/io.ts';
import { openSweepProgress } from '../../../src/cli/sweep-progress.ts';
import type { JobState } from '../../../src/jobs/job-state.ts';
import type { LaunchEvent } from '../../../src/jobs/launcher.ts';
import type { RunEvent, RunEventBody } from '../../../src/runner/events.ts';

const start = Date.parse('2026-01-01T00:00:00Z');
const at = (seconds: number): string => new Date(start + 1000 * seconds).toISOString();

beforeEach(() => {
  vi.useFakeTimers({ now: start });
});
afterEach(() => {
  vi.useRealTimers();
});

function captured(isTty: boolean): { io: Io; text: () => string } {
  const written: string[] = [];
  const sink = { write: (text: string) => written.push(text) };
  const io: Io = { stdout: sink, stderr: sink, isTty, color: false, signal: new AbortController().signal };
  return { io, text: () => written.join('') };
}

const job = (id: string, state: Omit<JobState, 'id'>): LaunchEvent<RunEvent> => ({
  type: 'job',
  job: id,
  state: { id, ...state },
});
const run = (id: string, body: RunEventBody): LaunchEvent<RunEvent> => ({
  type: 'run',
  job: id,
  event: { time: at(0), ...body },
});

/** Cursor up some lines and clear what is below; text; a line break. */
const pieces = new RegExp(
  `${String.fromCharCode(27)}\\[(\\d+)A.\\[0J|([^\\n${String.fromCharCode(27)}]+)|(\\n)`,
  'g',
);

/** What a terminal shows at the end: drawing over and clearing applied. */
function screen(text: string): string[] {
  let lines: string[] = [''];
  for (const [, up, line, newline] of text.matchAll(pieces)) {
    if (up !== undefined) lines = [...lines.slice(0, -1 - Number(up)), ''];
    else if (newline !== undefined) lines.push('');
    else lines.push(`${lines.pop() ?? ''}${line ?? ''}`);
  }
  return lines;
}

describe('without a terminal', () => {
  it('one line when a job starts or ends, with what is left', () => {
    const { io, text } = captured(false);
    const progress = openSweepProgress(io, ['a', 'b', 'c'], 1);
    progress.show(job('a', { status: 'pending' }));
    progress.show(job('a', { status: 'running', started: at(0) }));
    progress.show(
      run('a', { type: 'stage-progress', stage: 'distill:sd', done: 1, total: 4, unit: 'steps' }),
    );
    vi.setSystemTime(start + 90_000);
    progress.show(job('a', { status: 'done', started: at(0), finished: at(90) }));
    progress.show(job('b', { status: 'failed', error: 'diverged\nat step 3' }));
    expect(text().split('\n')).toEqual([
      '2026-01-01T00:00:00Z a: started',
      '2026-01-01T00:01:30Z a: done after 1 min 30 s; 1 of 3 done, about 3 min left',
      '2026-01-01T00:01:30Z b: failed: diverged at step 3; 1 of 3 done, 1 failed, about 1 min 30 s left',
      '',
    ]);
  });
});

describe('on a terminal', () => {
  it('a table that is drawn over', () => {
    const { io, text } = captured(true);
    const progress = openSweepProgress(io, ['shared-1', 'wg0-seed0'], 2);
    const stages = ['dataset', 'teacher'].map((id) => ({
      id,
      kind: 'dataset' as const,
      key: '',
      cached: false,
    }));
    progress.show(job('shared-1', { status: 'running', started: at(0) }));
    progress.show(run('shared-1', { type: 'plan-start', experiment: 'x', stages }));
    progress.show(run('shared-1', { type: 'stage-done', stage: 'dataset', key: '', seconds: 1 }));
    vi.setSystemTime(start + 12_000);
    progress.show(
      run('shared-1', { type: 'stage-progress', stage: 'teacher', done: 50, total: 100, unit: 'steps' }),
    );
    expect(screen(text())).toEqual(
      [
        'cell       status   stages  progress                        time',
        'shared-1   running  1/2     [=====     ] teacher 50/100 ste',
        'wg0-seed0  pending',
        '0 of 2 done, 1 running',
        '',
      ].map((line) => expect.stringContaining(line.slice(0, 60)) as unknown),
    );
    progress.show({ type: 'warning', message: 'the disk is nearly full' });
    progress.show(job('shared-1', { status: 'done', started: at(0), finished: at(20) }));
    progress.close();
    const shown = screen(text());
    expect(shown[0]).toBe('warning: the disk is nearly full');
    expect(shown[2]).toMatch(/^shared-1 +done +1\/2 +20 s$/);
    expect(shown).toHaveLength(6);
  });

  it('times go on while no job says anything', () => {
    const { io, text } = captured(true);
    const progress = openSweepProgress(io, ['a'], 1);
    progress.show(job('a', { status: 'running', started: at(0) }));
    vi.advanceTimersByTime(5000);
    expect(screen(text())[1]).toMatch(/^a +running .* 5\.0 s$/);
    progress.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('of many cells, those that run or have failed', () => {
    const { io, text } = captured(true);
    const ids = Array.from({ length: 100 }, (_, i) => `cell-${i}`);
    const progress = openSweepProgress(io, ids, 2);
    progress.show(job('cell-70', { status: 'failed', error: 'no' }));
    progress.show(job('cell-90', { status: 'running', started: at(0) }));
    progress.close();
    const shown = screen(text());
    expect(shown.length).toBeLessThan(60);
    expect(shown.join('\n')).toMatch(/cell-70 +failed +no\n[^]*cell-90 +running/);
    expect(shown.join('\n')).toMatch(/and \d+ more\n0 of 100 done, 1 failed, 1 running/);
  });

  it('messages and reasons move no cursor', () => {
    const { io, text } = captured(false);
    const progress = openSweepProgress(io, ['cell'], 1);
    progress.show({ type: 'warning', message: 'odd \u001b[2Jname' });
    progress.show(job('cell', { status: 'failed', error: 'bad\u001b]0;x\u0007\nfile' }));
    progress.close();
    expect(text()).toContain('warning: odd \\x1b[2Jname\n');
    expect(text()).toContain('cell: failed: bad\\x1b]0;x\\x07 file;');
  });
});
