// `sdx serve`: a folder of `sdx export --form web` in the browsers of this machine.
import { serveFolder } from '../../export/web/static-server.ts';
import type { Io } from '../io.ts';
import type { ServeOptions } from '../options.ts';
import { untilInterrupted } from '../until-interrupted.ts';

export async function serveCommand(folder: string, { port }: ServeOptions, io: Io): Promise<number> {
  return untilInterrupted(await serveFolder(folder, port), io);
}
