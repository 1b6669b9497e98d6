// How fast a stage gets on, by what it reports.
import type { RunEvent } from '../../runner/events.ts';

export type StageProgress = Extract<RunEvent, { type: 'stage-progress' }>;

/** The pace since the first report of a stage: what comes before that, like compiling, is not repeated. */
export class Pace {
  #first: { readonly done: number; readonly time: number; readonly unit: string } | undefined;

  /** Units a second, with the report taken in; undefined before there is a pace. */
  after({ done, unit, time }: StageProgress): number | undefined {
    const now = Date.parse(time) / 1000;
    // A stage may report one thing after another; each has its own pace.
    if (this.#first?.unit !== unit) this.#first = { done, time: now, unit };
    const elapsed = now - this.#first.time;
    const advanced = done - this.#first.done;
    return elapsed > 0 && advanced > 0 ? advanced / elapsed : undefined;
  }

  /** Seconds left of what is reported; undefined before there is a pace. */
  left(report: StageProgress): number | undefined {
    const pace = this.after(report);
    return pace === undefined ? undefined : (report.total - report.done) / pace;
  }
}
