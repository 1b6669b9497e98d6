// Keeps runs/<experiment>.json up to date from the events of a run. Changes of state are written at once, progress
// now and then; while one write is on its way, later changes gather into the next.
import type { RunEvent } from './events.ts';
import { recordEvent, writeRunRecord, type RunRecord } from './run-record.ts';

/** Progress is written no more often than this. */
const progressEveryMs = 5000;
/** Events that change no stage's state. */
const frequent: ReadonlySet<RunEvent['type']> = new Set([
  'stage-progress',
  'stage-metric',
  'stage-info',
  'stage-warning',
]);

export class RecordKeeper {
  readonly #file: string;
  #record: RunRecord;
  #written: RunRecord | undefined;
  #writing: Promise<void> | undefined;
  #lastWrite = 0;

  constructor(file: string, record: RunRecord) {
    this.#file = file;
    this.#record = record;
  }

  /** Takes in an event; never throws, never waits. */
  observe(event: RunEvent): void {
    this.#record = recordEvent(this.#record, event);
    const due = !frequent.has(event.type) || Date.now() - this.#lastWrite >= progressEveryMs;
    if (due) this.#write().catch(() => undefined); // the next flush reports it
  }

  /** Waits until all changes are on disk. Throws UserError('input') where the disk refuses. */
  async flush(): Promise<void> {
    while (this.#written !== this.#record) await this.#write();
  }

  #write(): Promise<void> {
    this.#writing ??= this.#writeNow().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #writeNow(): Promise<void> {
    const record = this.#record;
    this.#lastWrite = Date.now();
    if (record === this.#written) return;
    await writeRunRecord(this.#file, record);
    this.#written = record;
  }
}
