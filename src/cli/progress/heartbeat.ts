// A sign at the start of the terminal's line that turns while this thread computes: tracing a network or making a session
// may take seconds, in which no timer of its own would fire. A thread of its own draws it.
import { Worker } from 'node:worker_threads';

export interface Heartbeat {
  /** The line is there, with the sign in its first column: from now on the sign turns. */
  start(): void;
  /** When it returns, nothing more is drawn. */
  stop(): void;
}

const [idle, beating, drawing] = [0, 1, 2];
const everyMs = 250;
const stderrFd = 2;

/** Runs as text, so that it is the same from sources and from the package. */
const thread = `
const { workerData: { state, everyMs, fd } } = require('node:worker_threads');
const { writeSync } = require('node:fs');
const signs = '|/-\\\\';
let turn = 0;
setInterval(() => {
  if (Atomics.compareExchange(state, 0, ${beating}, ${drawing}) !== ${beating}) return;
  try {
    writeSync(fd, '\\r' + signs[turn++ % signs.length]);
  } catch {
    // A terminal that does not take it now takes the next one.
  }
  Atomics.store(state, 0, ${beating});
  Atomics.notify(state, 0);
}, everyMs);
`;

/** A heartbeat on the terminal behind `fd`; the thread starts with it and ends with the process. */
export function openHeartbeat(fd = stderrFd): Heartbeat {
  const state = new Int32Array(new SharedArrayBuffer(4));
  let worker: Worker | undefined;
  return {
    start() {
      if (worker === undefined) {
        worker = new Worker(thread, { eval: true, execArgv: [], workerData: { state, everyMs, fd } });
        worker.unref();
        worker.on('error', () => undefined); // the line stays as it is, without its sign turning
      }
      Atomics.compareExchange(state, 0, idle, beating);
    },
    stop() {
      while (Atomics.compareExchange(state, 0, beating, idle) === drawing)
        Atomics.wait(state, 0, drawing, 10);
    },
  };
}
