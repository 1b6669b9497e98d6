// The three kinds of failure. A UserError is something the reader of the message can fix; a StageError says
// which stage failed and why; an InvariantError is a bug of ours and keeps its stack.

/** Process exit codes, documented in docs/exit-codes.md. */
export const ExitCode = {
  ok: 0,
  stageFailed: 1,
  usage: 2,
  input: 3,
  verifyMismatch: 4,
  partialSweep: 5,
  bug: 70,
  interrupted: 130,
} as const;

/** `usage`: flags or configuration (exit 2). `input`: missing or corrupt data, checkpoints, disks (exit 3). */
export type UserErrorCode = 'usage' | 'input';

/** Where a problem lies: a file, and line and column (from 1) when known. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** Something the user can mend. `message` says what is wrong, `hint` what to do, `where` the place. */
export class UserError extends Error {
  readonly code: UserErrorCode;
  readonly hint: string | undefined;
  readonly where: Place | undefined;

  constructor(
    code: UserErrorCode,
    message: string,
    options: { hint?: string | undefined; where?: Place | undefined; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'UserError';
    this.code = code;
    this.hint = options.hint;
    this.where = options.where;
  }
}

/** A stage that could not finish (exit 1): non-finite loss, failed save, failed kernel. */
export class StageError extends Error {
  readonly stage: string;
  readonly hint: string | undefined;

  constructor(stage: string, message: string, options: { hint?: string | undefined; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'StageError';
    this.stage = stage;
    this.hint = options.hint;
  }
}

/** The run was stopped by a signal (exit 130); the last checkpoint stands. */
export class InterruptedError extends Error {
  constructor(message = 'interrupted; run the same command again to go on') {
    super(message);
    this.name = 'InterruptedError';
  }
}

/** The reason of an abort signal where a cluster's time limit for this process is near: interrupted, to be run again. */
export class TimeLimitError extends InterruptedError {}

/** A bug of ours (exit 70). */
export class InvariantError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InvariantError';
  }
}
