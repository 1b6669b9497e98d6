// A process that launches jobs which wait to be stopped: tests of `cancel` need one that is not the test itself.
// Arguments: folder, ids of the jobs.
import path from 'node:path';
import { localLauncher } from '../../../src/jobs/local.ts';
import { readRunEvent } from '../../../src/runner/events.ts';

const [folder = '', ...ids] = process.argv.slice(2);
const controller = new AbortController();
process.on('SIGTERM', () => {
  controller.abort();
});

const { status } = await localLauncher.launch({
  sweep: 'test',
  folder,
  shared: [],
  cells: ids.map((id) => ({ id, experimentFile: '' })),
  command: ({ id }) => [
    process.execPath,
    path.join(import.meta.dirname, 'fake-cell.mjs'),
    folder,
    id,
    'wait',
  ],
  readEvent: readRunEvent,
  collect: [],
  jobs: 2,
  dryRun: false,
  signal: controller.signal,
  onEvent: (event) => {
    if (event.type === 'run' && event.event.type === 'stage-start') process.stdout.write(`${event.job}\n`);
  },
});
process.stdout.write(`${status}\n`);
