// Which exit code an error ends the process with; the one place that decides it, and the words for all of them.
import { ExitCode, InterruptedError, StageError, UserError } from '../errors.ts';
import { systemError } from '../files/system-errors.ts';

const exitMeanings: Readonly<Record<keyof typeof ExitCode, string>> = {
  ok: 'ok',
  stageFailed: 'a stage failed',
  usage: 'usage or config',
  input: 'input',
  verifyMismatch: 'not verified',
  partialSweep: 'sweep incomplete',
  bug: 'bug',
  interrupted: 'interrupted',
};

/** `0 ok`, `1 a stage failed`, ..., for the help and the man page; docs/exit-codes.md says more. */
export function exitCodeTexts(): string[] {
  return Object.entries(ExitCode).map(
    ([name, code]) => `${code} ${exitMeanings[name as keyof typeof ExitCode]}`,
  );
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof UserError) return error.code === 'usage' ? ExitCode.usage : ExitCode.input;
  if (error instanceof StageError) return ExitCode.stageFailed;
  if (error instanceof InterruptedError) return ExitCode.interrupted;
  return systemError(error) === undefined ? ExitCode.bug : ExitCode.input;
}
