// The last line of a terminal, drawn over as a run gets on, and the lines that stay above it.
import type { TextSink } from '../io.ts';
import type { Heartbeat } from './heartbeat.ts';

const clearLine = '\r\x1b[2K';
/** Stands where the heartbeat draws. */
const sign = '-';
const usualWidth = 80;

export class LiveLine {
  readonly #out: TextSink;
  readonly #heartbeat: Heartbeat | undefined;
  #text: string | undefined;

  constructor(out: TextSink, heartbeat?: Heartbeat) {
    this.#out = out;
    this.#heartbeat = heartbeat;
  }

  /** Columns for a text. */
  static get room(): number {
    return (process.stderr.columns || usualWidth) - sign.length - 2; // a blank, and the column behind the last one
  }

  /** Draws `text` over what is there; undefined leaves the line empty. */
  draw(text: string | undefined): void {
    this.#heartbeat?.stop();
    const clear = this.#text === undefined ? '' : clearLine;
    this.#text = text === undefined ? undefined : Array.from(text).slice(0, LiveLine.room).join('');
    this.#out.write(this.#text === undefined ? clear : `${clear}${sign} ${this.#text}`);
    if (this.#text !== undefined) this.#heartbeat?.start();
  }

  /** A line that stays. */
  print(text: string): void {
    const live = this.#text;
    this.draw(undefined);
    this.#out.write(`${text}\n`);
    if (live !== undefined) this.draw(live);
  }
}
