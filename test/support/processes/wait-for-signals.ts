// A command that never ends by itself; for shell.test.ts.
import { processIo } from '../../../src/cli/process-io.ts';

const { signal, stdout } = processIo();
signal.addEventListener('abort', () => {
  const reason = signal.reason as Error;
  const name = reason instanceof DOMException ? reason.name : reason.constructor.name;
  stdout.write(`aborted: ${name}\n`);
});
setInterval(() => undefined, 1000);
stdout.write('ready\n');
