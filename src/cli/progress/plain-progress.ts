// A run in logs: plain lines with the time, sparse enough for runs of days.
import { formatDuration } from '../../duration.ts';
import type { RunEvent } from '../../runner/events.ts';
import type { TextSink } from '../io.ts';
import { lineOf } from './event-text.ts';
import { Pace, type StageProgress } from './pace.ts';

/** Lines come when a tenth more is done or a minute has passed, and not within five seconds of each other. */
const shortest = 5;
const longest = 60;

export class PlainProgress {
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
      left === undefined ? '' : `${formatDuration(left)} left`,
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
