// A job of a sweep whose first stage never ends and has no checkpoints. Arguments: the sweep's folder, the job.
import { once } from 'node:events';
import { exitCodeOf } from '../../../src/cli/exit.ts';
import { printError } from '../../../src/cli/print-error.ts';
import { processIo } from '../../../src/cli/process-io.ts';
import { InterruptedError } from '../../../src/errors.ts';
import { runCell } from '../../../src/sweep/run-cell.ts';
import { fakeStages } from '../stages/fake-stages.ts';

const [folder = '', id = ''] = process.argv.slice(2);
const io = processIo();
const { stages } = fakeStages();
const alive = setInterval(() => undefined, 1000);
await runCell({
  folder,
  id,
  stages: {
    ...stages,
    dataset: {
      ...stages.dataset,
      run: async ({ signal }) => {
        if (!signal.aborted) await once(signal, 'abort');
        throw new InterruptedError();
      },
    },
  },
  engine: () => Promise.reject(new Error('no stage here needs an engine')),
  signal: io.signal,
  onEvent: () => undefined,
}).catch((error: unknown) => {
  printError(error, io, false);
  process.exitCode = exitCodeOf(error);
});
clearInterval(alive);
