// Shows a run on stderr. On a terminal: one bar for the stage at work, a line for each that has ended. Elsewhere
// (logs, CI): plain lines with the time, sparse enough for runs of days.
import { hostname } from 'node:os';
import { SingleBar } from 'cli-progress';
import { printableLines } from '../printable.ts';
import type { RunEvent } from '../runner/events.ts';
import { formatDuration } from '../duration.ts';
import type { Io, TextSink } from './io.ts';

/** Takes the events of a run, in order. */
export interface Progress {
  show(event: RunEvent): void;
  /** Leaves the terminal clean, whatever has happened. */
  close(): void;
}

type StageProgress = Extract<RunEvent, { type: 'stage-progress' }>;

/** The progress display that suits `io`. */
export function openProgress(io: Io): Progress {
  return io.isTty ? new TerminalProgress(io.stderr) : new PlainProgress(io.stderr);
}

/** What is said of an event besides progress; undefined where nothing is. */
function lineOf(event: RunEvent): string | undefined {
  switch (event.type) {
    case 'plan-start': {
      const cached = event.stages.filter((stage) => stage.cached).length;
      return `${event.experiment}: ${event.stages.length} stages, ${cached} cached`;
    }
    case 'stage-cached':
      return `${event.stage}: cached`;
    case 'stage-waiting':
      return `${event.stage}: ${waitText(event)}`;
    case 'stage-done':
      return `${event.stage}: done in ${formatDuration(event.seconds)}`;
    case 'stage-shard-done':
      return `${event.stage}: shard ${event.number}/${event.of} done in ${formatDuration(event.seconds)}`;
    case 'stage-failed':
      return `${event.stage}: ${event.error.name === 'InterruptedError' ? 'stopped' : `failed: ${printableLines(event.error.message)}`}`;
    case 'stage-blocked':
      return `${event.stage}: not run, needs ${event.by}`;
    case 'stage-warning':
      return `${event.stage}: warning: ${printableLines(event.message)}`;
    case 'stage-info':
      return `${event.stage}: ${printableLines(event.message)}`;
    default:
      return undefined;
  }
}

/** A process of another host cannot be watched: the reader has to know what to do if it is no more. */
function waitText({ owner, lockFile }: Extract<RunEvent, { type: 'stage-waiting' }>): string {
  if (owner === undefined) return `waits for another run (lock: ${lockFile})`;
  const end = owner.host === hostname() ? ` (lock: ${lockFile})` : `; if that has ended, remove ${lockFile}`;
  return `waits for process ${owner.pid} on ${owner.host}, at work since ${owner.since}${end}`;
}

/** Seconds left at the pace since the first report of the stage; undefined before there is a pace. */
class Pace {
  #first: { readonly done: number; readonly time: number; readonly unit: string } | undefined;

  left({ done, total, unit, time }: StageProgress): number | undefined {
    const now = Date.parse(time) / 1000;
    // A stage may report one thing after another; each has its own pace.
    if (this.#first?.unit !== unit) this.#first = { done, time: now, unit };
    const elapsed = now - this.#first.time;
    const advanced = done - this.#first.done;
    return elapsed > 0 && advanced > 0 ? (elapsed / advanced) * (total - done) : undefined;
  }
}

function leftText(seconds: number | undefined): string {
  return seconds === undefined ? '' : `${formatDuration(seconds)} left`;
}

/** Lines come when a tenth more is done or a minute has passed, and not within five seconds of each other. */
const shortest = 5;
const longest = 60;

class PlainProgress implements Progress {
  readonly #out: TextSink;
  #stage = '';
  #pace = new Pace();
  #last = { time: -Infinity, tenth: 0 };

  constructor(out: TextSink) {
    this.#out = out;
  }

  show(event: RunEvent): void {
    if (event.type === 'stage-progress') {
      this.#showProgress(event);
      return;
    }
    const text =
      event.type === 'stage-start'
        ? `${event.stage}: ${event.resumed ? 'goes on from its checkpoint' : 'started'}`
        : lineOf(event);
    if (text !== undefined) this.#write(event.time, text);
  }

  #showProgress(event: StageProgress): void {
    const time = Date.parse(event.time) / 1000;
    const tenth = Math.floor((10 * event.done) / Math.max(event.total, 1));
    if (event.stage !== this.#stage) {
      this.#stage = event.stage;
      this.#pace = new Pace();
      this.#last = { time, tenth };
    }
    const left = this.#pace.left(event);
    const since = time - this.#last.time;
    if (since < shortest || (tenth === this.#last.tenth && since < longest)) return;
    this.#last = { time, tenth };
    const percent = Math.floor((100 * event.done) / Math.max(event.total, 1));
    const facts = [
      `${percent} % (${Math.floor(event.done)}/${event.total} ${event.unit})`,
      event.note ?? '',
      leftText(left),
    ];
    this.#write(event.time, `${event.stage}: ${facts.filter((fact) => fact !== '').join(', ')}`);
  }

  #write(time: string, text: string): void {
    this.#out.write(`${time.slice(0, 19)}Z ${text}\n`);
  }

  close(): void {
    // Lines need no cleaning up.
  }
}

const clearLine = '\r\x1b[2K';

class TerminalProgress implements Progress {
  readonly #out: TextSink;
  #bar: SingleBar | undefined;
  #pace = new Pace();

  constructor(out: TextSink) {
    this.#out = out;
  }

  show(event: RunEvent): void {
    if (event.type === 'stage-progress') {
      this.#showProgress(event);
      return;
    }
    if ('stage' in event && event.type !== 'stage-metric' && !/info|warning/.test(event.type)) this.close();
    const text = lineOf(event);
    if (text !== undefined) this.#out.write(`${this.#bar ? clearLine : ''}${text}\n`);
  }

  #showProgress(event: StageProgress): void {
    const { stage, done, total, unit, note = '' } = event;
    const start = this.#bar === undefined;
    if (start) this.#pace = new Pace();
    const payload = {
      stage,
      unit,
      whole: Math.floor(done),
      left: leftText(this.#pace.left(event)),
      note,
    };
    this.#bar ??= newBar(this.#out);
    if (start) this.#bar.start(total, done, payload);
    else {
      this.#bar.setTotal(total);
      this.#bar.update(done, payload);
    }
  }

  close(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }
}

function newBar(out: TextSink): SingleBar {
  // cli-progress wants a terminal's stream; it uses write, isTTY and columns of it.
  const stream = { isTTY: true, columns: process.stderr.columns, write: (text: string) => out.write(text) };
  return new SingleBar({
    stream: stream as unknown as NodeJS.WriteStream,
    format: '{stage} [{bar}] {percentage}% {whole}/{total} {unit}  {note}  {left}',
    barCompleteChar: '=',
    barIncompleteChar: ' ',
    barsize: 24,
    clearOnComplete: true,
    forceRedraw: true,
    hideCursor: false,
    gracefulExit: false,
    emptyOnZero: true,
  });
}
