// What a stage threw, as the run reports it: with the stage's name.
import { diskError } from '../files/system-errors.ts';
import { InterruptedError, InvariantError, StageError, UserError } from '../errors.ts';
import type { PlanNode } from '../plan/plan.ts';
import { isOutOfMemory, memoryError } from './out-of-memory.ts';

/** Errors that are not ours become StageErrors, or interruptions where the signal has aborted. */
export function namedError(node: PlanNode, error: unknown, signal: AbortSignal, storeDir: string): Error {
  if (error instanceof InterruptedError) return error;
  const known = error instanceof UserError ? error : diskError(error, storeDir);
  if (known !== undefined)
    return new UserError(known.code, `${node.id}: ${known.message}`, {
      hint: known.hint,
      where: known.where,
      cause: known.cause ?? error,
    });
  if (error instanceof InvariantError) return error;
  if (signal.aborted) return new InterruptedError();
  if (error instanceof Error && isOutOfMemory(error)) return memoryError(node, error);
  if (error instanceof StageError)
    return error.stage === node.id
      ? error
      : new StageError(node.id, error.message, { hint: error.hint, cause: error });
  return new StageError(node.id, error instanceof Error ? error.message : String(error), { cause: error });
}
