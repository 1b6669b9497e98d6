// How this program starts another of itself: same Node, same loader, same entry.
import path from 'node:path';

/** Program and first arguments; the command line of sdx follows. */
export function selfCommand(): readonly string[] {
  const entry = path.join(import.meta.dirname, `main${path.extname(import.meta.filename)}`);
  return [process.execPath, ...process.execArgv, entry];
}
