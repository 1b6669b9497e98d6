// Which exit code an error ends the process with; the one place that decides it.
import { ExitCode, InterruptedError, StageError, UserError } from '../errors.ts';
import { systemError } from '../files/system-errors.ts';

export function exitCodeOf(error: unknown): number {
  if (error instanceof UserError) return error.code === 'usage' ? ExitCode.usage : ExitCode.input;
  if (error instanceof StageError) return ExitCode.stageFailed;
  if (error instanceof InterruptedError) return ExitCode.interrupted;
  return systemError(error) === undefined ? ExitCode.bug : ExitCode.input;
}
