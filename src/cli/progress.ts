// Shows a run on stderr: on a terminal as one line that is drawn over, elsewhere (logs, CI) as plain lines.
import type { RunEvent } from '../runner/events.ts';
import type { Io } from './io.ts';
import { LiveLine } from './progress/live-line.ts';
import { PlainProgress } from './progress/plain-progress.ts';
import { TerminalProgress } from './progress/terminal-progress.ts';
import { WholeRun, type AskCosts } from './progress/whole-run.ts';

/** Takes the events of a run, in order. */
export interface Progress {
  show(event: RunEvent): void;
  /** Leaves the terminal clean, whatever has happened. */
  close(): void;
}

/** The progress display that suits `io`; on a terminal it tells how long the whole run still takes, by `askCosts`. */
export function openProgress(io: Io, askCosts?: AskCosts): Progress {
  return io.isTty
    ? new TerminalProgress(new LiveLine(io.stderr, io.heartbeat?.()), new WholeRun(askCosts))
    : new PlainProgress(io.stderr);
}
