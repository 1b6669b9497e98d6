// Entry of the command line: arguments in, exit code out, errors in between printed once and in one form.
import { realpathSync } from 'node:fs';
import { InterruptedError } from '../errors.ts';
import type { Io } from './io.ts';
import { printError } from './print-error.ts';
import { processIo } from './process-io.ts';
import { runProgram } from './program.ts';

/** Runs sdx with `argv` (without node and script) and returns the exit code; never throws. */
export async function main(argv: readonly string[], io: Io = processIo()): Promise<number> {
  try {
    return await runProgram(argv, io);
  } catch (error) {
    const stopped = io.signal.aborted && error instanceof Error && error.name === 'AbortError';
    return printError(stopped ? new InterruptedError() : error, io, argv.includes('--json'));
  }
}

// Run as a script (`npm run sdx`); bin/sdx.js calls main itself.
const script = process.argv[1];
if (script !== undefined && realpathSync(script) === import.meta.filename)
  process.exitCode = await main(process.argv.slice(2));
