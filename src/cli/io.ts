// What a command may touch of the process: two streams, what they can show, and a signal to stop.

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
