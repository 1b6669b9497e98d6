// `sdx serve`: a folder of `sdx export --form web` in the browsers of this machine.
import { ExitCode } from '../../errors.ts';
import { serveFolder } from '../../export/web/static-server.ts';
import type { Io } from '../io.ts';
import type { ServeOptions } from '../options.ts';

/** Serves until it is interrupted, which is how it ends. */
export async function serveCommand(folder: string, { port }: ServeOptions, io: Io): Promise<number> {
  const { url, close } = await serveFolder(folder, port);
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
