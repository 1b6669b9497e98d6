// How failures look: what is wrong, where, and what to do; a stack only for bugs of ours. Errors are data first
// (`errorReport`, printed by --json), text second.
import { InterruptedError, StageError, UserError, type Place } from '../errors.ts';
import { systemError } from '../files/system-errors.ts';
import { exitCodeOf } from './exit.ts';
import { printable, printableLines } from '../printable.ts';
import type { Io } from './io.ts';

export interface ErrorReport {
  readonly error: string;
  readonly exitCode: number;
  readonly where?: Place;
  readonly hint?: string;
  readonly stage?: string;
  /** The single problems behind the message, each with its place. */
  readonly problems?: readonly unknown[];
  /** Bugs only. */
  readonly stack?: string;
}

const bugHint = 'this is a bug in sdx; please report it with the lines above';

export function errorReport(thrown: unknown): ErrorReport {
  const exitCode = exitCodeOf(thrown);
  const error = systemError(thrown) ?? thrown;
  if (error instanceof UserError) {
    const { message, where, hint } = error;
    const problems =
      'problems' in error && Array.isArray(error.problems) ? (error.problems as unknown[]) : undefined;
    return { error: message, exitCode, ...defined({ where, hint, problems }) };
  }
  if (error instanceof StageError) {
    const { stage, hint, cause } = error;
    const because = cause instanceof Error && cause.message !== error.message ? `: ${cause.message}` : '';
    return { error: `stage ${stage}: ${error.message}${because}`, exitCode, stage, ...defined({ hint }) };
  }
  if (error instanceof InterruptedError) return { error: error.message, exitCode };
  const message = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error ? error.stack : undefined;
  return { error: message, exitCode, ...defined({ stack }), hint: bugHint };
}

/** Prints `error` to stderr, as text or as one line of JSON, and returns the exit code. */
export function printError(error: unknown, io: Pick<Io, 'stderr' | 'color'>, json: boolean): number {
  const report = errorReport(error);
  io.stderr.write(`${json ? JSON.stringify(report) : reportText(report, io.color)}\n`);
  return report.exitCode;
}

/** `error: message`, `  at file:line:column`, the stack, `  hint: ...`, as far as there is each. */
export function reportText({ error, where, stack, hint }: ErrorReport, color: boolean): string {
  const paint = (text: string, code: number): string => (color ? `\u001b[${code}m${text}\u001b[0m` : text);
  const place =
    where && [where.file, where.line, where.column].filter((part) => part !== undefined).join(':');
  return [
    `${paint('error:', 31)} ${printableLines(error)}`,
    ...(place === undefined ? [] : [`  at ${printable(place)}`]),
    ...(stack === undefined ? [] : [printableLines(stack.split('\n').slice(1).join('\n'))]),
    ...(hint === undefined ? [] : [`  ${paint('hint:', 36)} ${printableLines(hint)}`]),
  ].join('\n');
}

function defined<T extends object>(members: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}
