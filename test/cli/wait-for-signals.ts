// A command that never ends by itself; for shell.test.ts.
import { processIo } from '../../src/cli/process-io.ts';

const { signal, stdout } = processIo();
signal.addEventListener('abort', () => stdout.write('aborted\n'));
setInterval(() => undefined, 1000);
stdout.write('ready\n');
