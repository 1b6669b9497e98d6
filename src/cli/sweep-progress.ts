// Shows a sweep on stderr. On a terminal: a table of the cells that is drawn over as they advance. Elsewhere: one
// line when a job starts or ends.
import type { LaunchEvent } from '../jobs/launcher.ts';
import type { RunEvent } from '../runner/events.ts';
import type { JobState } from '../jobs/job-state.ts';
import { formatDuration } from '../duration.ts';
import type { Io } from './io.ts';
import { printable, printableLines } from '../printable.ts';
import { textTable } from '../report/formats/text-table.ts';

/** Takes the events of a launch, in order. */
export interface SweepProgress {
  show(event: LaunchEvent<RunEvent>): void;
  /** Leaves the terminal clean, whatever has happened. */
  close(): void;
}

interface Row {
  readonly id: string;
  state: JobState;
  /** Stages of the job: all, and those that have ended. */
  stages: number;
  ended: number;
  /** What it is doing, with its progress. */
  doing: string;
  /** Share of the present stage, and when the stage began to count. */
  fraction: number;
  startedAt: number;
}

/** `jobs`: ids in the order of the table. `atOnce`: how many run together. */
export function openSweepProgress(io: Io, jobs: readonly string[], atOnce: number): SweepProgress {
  return io.isTty ? new TerminalSweep(io, jobs, atOnce) : new PlainSweep(io, jobs, atOnce);
}

abstract class SweepBoard implements SweepProgress {
  protected readonly io: Io;
  protected readonly rows: Map<string, Row>;
  readonly #atOnce: number;

  constructor(io: Io, jobs: readonly string[], atOnce: number) {
    this.io = io;
    this.#atOnce = atOnce;
    this.rows = new Map(
      jobs.map((id) => [
        id,
        { id, state: { id, status: 'pending' }, stages: 0, ended: 0, doing: '', fraction: 0, startedAt: 0 },
      ]),
    );
  }

  show(event: LaunchEvent<RunEvent>): void {
    if (!('job' in event)) {
      this.say(printableLines(event.type === 'info' ? event.message : `warning: ${event.message}`));
      return;
    }
    const row = this.rows.get(event.job);
    if (row === undefined) return;
    if (event.type === 'job') {
      if (event.state.status === 'running' && row.state.status !== 'running') row.startedAt = Date.now();
      row.state = event.state;
      this.settled(row);
    } else advance(row, event.event);
    this.drawn();
  }

  /** A message between the rows. */
  protected abstract say(text: string): void;
  /** The state of a job has changed. */
  protected abstract settled(row: Row): void;
  protected abstract drawn(): void;
  abstract close(): void;

  /** `3 of 24 done, 1 failed, 2 running, 12 min left`. */
  protected summary(): string {
    const rows = [...this.rows.values()];
    const count = (status: JobState['status']): number =>
      rows.filter((row) => row.state.status === status).length;
    const parts = [
      `${count('done')} of ${rows.length} done`,
      ...(['failed', 'interrupted', 'running'] as const).flatMap((status) =>
        count(status) > 0 ? [`${count(status)} ${status}`] : [],
      ),
    ];
    const left = this.#secondsLeft(rows);
    return [...parts, ...(left === undefined ? [] : [`about ${formatDuration(left)} left`])].join(', ');
  }

  /** From the mean time of jobs that have ended well; undefined before the first. */
  #secondsLeft(rows: readonly Row[]): number | undefined {
    const times = rows.flatMap(({ state: { status, started, finished } }) =>
      status === 'done' && started !== undefined && finished !== undefined
        ? [(Date.parse(finished) - Date.parse(started)) / 1000]
        : [],
    );
    const running = rows.filter(({ state }) => state.status === 'running');
    const pending = rows.filter(({ state }) => state.status === 'pending').length;
    if (times.length === 0 || running.length + pending === 0) return undefined;
    const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
    const started = running.map((row) => Math.max(0, mean - secondsSince(row)));
    return (pending * mean + started.reduce((sum, time) => sum + time, 0)) / this.#atOnce;
  }
}

function advance(row: Row, event: RunEvent): void {
  switch (event.type) {
    case 'plan-start':
      row.stages = event.stages.length;
      row.ended = 0;
      return;
    case 'stage-start':
    case 'stage-waiting':
      row.doing = `${event.stage}${event.type === 'stage-waiting' ? ' (waits)' : ''}`;
      row.fraction = 0;
      return;
    case 'stage-progress':
      row.fraction = event.done / Math.max(event.total, 1);
      row.doing = `${event.stage} ${Math.floor(event.done)}/${event.total} ${event.unit}`;
      return;
    case 'stage-done':
    case 'stage-cached':
    case 'stage-failed':
    case 'stage-blocked':
      row.ended += 1;
      row.fraction = 0;
      return;
    default:
  }
}

function secondsSince({ startedAt }: Row): number {
  return (Date.now() - startedAt) / 1000;
}

class PlainSweep extends SweepBoard {
  protected say(text: string): void {
    this.io.stderr.write(`${new Date().toISOString().slice(0, 19)}Z ${text}\n`);
  }

  protected settled({ id, state }: Row): void {
    if (state.status === 'pending') return;
    const took =
      state.started !== undefined && state.finished !== undefined
        ? ` after ${formatDuration((Date.parse(state.finished) - Date.parse(state.started)) / 1000)}`
        : '';
    if (state.status === 'running') this.say(`${id}: started`);
    else this.say(`${id}: ${state.status}${took}${errorText(state)}; ${this.summary()}`);
  }

  protected drawn(): void {
    // Lines are written when something has settled.
  }

  close(): void {
    // Lines need no cleaning up.
  }
}

function errorText({ status, error }: JobState): string {
  return status === 'failed' && error !== undefined
    ? `: ${printable(error.replaceAll(/\s*\n\s*/g, ' '))}`
    : '';
}

/** Milliseconds between drawings. */
const drawEvery = 200;
/** Rows that a terminal without a size is taken to have. */
const usualRows = 24;

/** Milliseconds between drawings where nothing happens: the times go on. */
const tickEvery = 1000;

class TerminalSweep extends SweepBoard {
  #lines = 0;
  #last = 0;
  #clock: NodeJS.Timeout | undefined;

  protected say(text: string): void {
    this.#clear();
    this.io.stderr.write(`${text}\n`);
    this.#draw();
  }

  protected settled(): void {
    this.#last = 0; // draw at once
  }

  protected drawn(): void {
    this.#clock ??= setInterval(() => {
      this.drawn();
    }, tickEvery).unref();
    if (Date.now() - this.#last < drawEvery) return;
    this.#last = Date.now();
    this.#clear();
    this.#draw();
  }

  #draw(): void {
    const size = process.stderr;
    const room = Math.max(3, (size.rows || usualRows) - 4);
    const width = size.columns || 80;
    const rows = shownRows([...this.rows.values()], room);
    const table = textTable(
      ['cell', 'status', 'stages', 'progress', 'time'],
      rows.map((row) => [
        row.id,
        row.state.status,
        row.stages === 0 ? '' : `${row.ended}/${row.stages}`,
        row.state.status === 'running'
          ? `${bar(row.fraction)} ${row.doing}`
          : errorText(row.state).replace(/^: /, ''),
        timeText(row),
      ]),
    );
    const hidden = this.rows.size - rows.length;
    const text = `${table}${hidden > 0 ? `and ${hidden} more\n` : ''}${this.summary()}\n`;
    const cut = text.split('\n').map((line) =>
      Array.from(line)
        .slice(0, width - 1)
        .join(''),
    );
    this.#lines = cut.length - 1;
    this.io.stderr.write(cut.join('\n'));
  }

  #clear(): void {
    if (this.#lines > 0) this.io.stderr.write(`\x1b[${this.#lines}A\x1b[0J`);
    this.#lines = 0;
  }

  close(): void {
    clearInterval(this.#clock);
    this.#clear();
    this.#draw();
    this.#lines = 0;
  }
}

/** Where not all fit: what runs and what failed first, then what comes next. */
function shownRows(rows: readonly Row[], room: number): readonly Row[] {
  if (rows.length <= room) return rows;
  const rank: Readonly<Record<JobState['status'], number>> = {
    running: 0,
    failed: 1,
    interrupted: 1,
    submitted: 2,
    pending: 2,
    done: 3,
  };
  const kept = new Set([...rows].sort((a, b) => rank[a.state.status] - rank[b.state.status]).slice(0, room));
  return rows.filter((row) => kept.has(row));
}

function bar(fraction: number): string {
  const filled = Math.round(10 * Math.min(1, fraction));
  return `[${'='.repeat(filled)}${' '.repeat(10 - filled)}]`;
}

function timeText({ state, startedAt }: Row): string {
  if (state.status === 'running') return formatDuration((Date.now() - startedAt) / 1000);
  if (state.started === undefined || state.finished === undefined) return '';
  return formatDuration((Date.parse(state.finished) - Date.parse(state.started)) / 1000);
}
