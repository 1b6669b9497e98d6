// Runs the command line within the test's process: what sdx.ts does, without the seconds that a process takes.
import { main } from '../../../src/cli/main.ts';
import type { Finished } from './sdx.ts';

/** Arguments in, exit code and output out; paths are relative to the process's folder. */
export async function sdxInProcess(...argv: readonly string[]): Promise<Finished> {
  const [stdout, stderr]: [string[], string[]] = [[], []];
  const exitCode = await main(argv, {
    stdout: { write: (text) => stdout.push(text) },
    stderr: { write: (text) => stderr.push(text) },
    isTty: false,
    color: false,
    signal: new AbortController().signal,
  });
  const text = (parts: readonly string[]): string => parts.join('').replace(/\n$/, '');
  return { exitCode, stdout: text(stdout), stderr: text(stderr) };
}
