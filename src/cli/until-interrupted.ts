// What goes on until Ctrl-C, which is how it ends.
import type { Serving } from '../export/web/loopback-server.ts';
import { ExitCode } from '../errors.ts';
import type { Io } from './io.ts';

/** Prints the address, waits for the signal, and closes. */
export async function untilInterrupted({ url, close }: Serving, io: Io): Promise<number> {
  io.stdout.write(`${url}\n`);
  io.stderr.write('Ctrl-C ends it\n');
  await new Promise<void>((resolve) => {
    if (io.signal.aborted) resolve();
    else
      io.signal.addEventListener('abort', () => {
        resolve();
      });
  });
  await close();
  return ExitCode.ok;
}
