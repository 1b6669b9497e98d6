// What a command may touch of the process: two streams, what they can show, and a signal to stop.
import type { Screen } from '../report/formats/text-table.ts';
import type { Heartbeat } from './progress/heartbeat.ts';

/** A stream that text goes to. */
export interface TextSink {
  write(text: string): unknown;
}

export interface Io {
  /** The result: tables, paths, JSON. */
  readonly stdout: TextSink;
  /** Progress and diagnostics. */
  readonly stderr: TextSink;
  /** Whether stderr is a terminal, where progress may be drawn over. */
  readonly isTty: boolean;
  /** Opens a sign of life on stderr; absent where stderr is no terminal. */
  readonly heartbeat?: () => Heartbeat;
  /** What shows stdout; absent: a file or a pipe, whose lines may be of any length and have no colour. */
  readonly screen?: Screen;
  /** Whether stderr may be coloured. */
  readonly color: boolean;
  /** Aborts at the first SIGINT or SIGTERM, or with a TimeLimitError at SIGUSR2. */
  readonly signal: AbortSignal;
}

/** NO_COLOR (any value but '') wins over FORCE_COLOR (any value but '' and '0'); else colour goes to terminals. */
export function wantsColor(env: Readonly<Record<string, string | undefined>>, isTty: boolean): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  const force = env['FORCE_COLOR'] ?? '';
  if (force !== '') return force !== '0';
  return isTty && env['TERM'] !== 'dumb';
}

/** Terminals that do not tell their width are taken to have this one. */
const usualWidth = 80;
/** On less, tables would be all splits. */
const leastWidth = 40;

/** A terminal has a width; what is not one takes lines of any length. */
export function screenOf(
  { isTTY, columns }: { readonly isTTY?: boolean; readonly columns?: number },
  env: Readonly<Record<string, string | undefined>>,
): Screen {
  const width = isTTY === true ? Math.max(leastWidth, columns || usualWidth) : Infinity;
  return { width, color: wantsColor(env, isTTY === true) };
}
