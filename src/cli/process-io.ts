// The Io of this process, with its signals: the first SIGINT or SIGTERM asks for a stop at the next safe point, the
// second one stops at once. SIGUSR2, which our Slurm scripts send shortly before the time limit, asks once.
import { ExitCode, TimeLimitError } from '../errors.ts';
import { screenOf, wantsColor, type Io } from './io.ts';
import { openSink } from './open-sink.ts';
import { openHeartbeat } from './progress/heartbeat.ts';

/** Installs the handlers of signals and broken pipes; call it once. */
export function processIo(): Io {
  const isTty = process.stderr.isTTY;
  const [stdout, stderr] = [openSink(process.stdout), openSink(process.stderr)];
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(ExitCode.interrupted);
    stderr.write('\nstopping at the next step; press again to stop at once\n');
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.on('SIGUSR2', () => {
    if (controller.signal.aborted) return;
    stderr.write('\nthe time limit is near: stopping at the next step\n');
    controller.abort(new TimeLimitError());
  });
  return {
    stdout,
    stderr,
    isTty,
    ...(isTty && { heartbeat: openHeartbeat }),
    screen: screenOf(process.stdout, process.env),
    color: wantsColor(process.env, isTty),
    signal: controller.signal,
  };
}
