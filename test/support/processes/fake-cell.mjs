// A job of a sweep that only pretends. Arguments: folder, id, behaviour.
import console from 'node:console';
import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { clearTimeout, setTimeout } from 'node:timers';

const [folder, id, behaviour] = process.argv.slice(2);
const started = new Date().toISOString();
const state = (change) =>
  writeFileSync(
    path.join(folder, 'jobs', `${id}.json`),
    JSON.stringify({
      id,
      started,
      process: { pid: process.pid, host: hostname(), since: started },
      ...change,
    }),
  );
const finish = (status, code, error) => {
  state({ status, finished: new Date().toISOString(), ...(error ? { error } : {}) });
  process.exitCode = code;
};

state({ status: 'running' });
console.log(JSON.stringify({ type: 'stage-done', time: started, stage: 'dataset', key: 'k', seconds: 1 }));
console.log('a line that is no event');
if (behaviour === 'fail') finish('failed', 1, 'distill:sd: diverged');
else if (behaviour === 'die') {
  console.error('out of memory');
  process.kill(process.pid, 'SIGKILL');
  setTimeout(() => undefined, 60_000);
} else if (behaviour === 'usage') {
  console.error('error: no such option');
  process.exitCode = 2;
} else if (behaviour === 'wait') {
  let signals = 0;
  const timer = setTimeout(() => undefined, 60_000);
  process.on('SIGTERM', () => {
    signals += 1;
    setTimeout(() => {
      clearTimeout(timer);
      finish('interrupted', 130, `${signals} signals`);
    }, 200);
  });
  console.log(
    JSON.stringify({ type: 'stage-start', time: started, stage: 'wait', key: 'k', resumed: false }),
  );
} else setTimeout(() => finish('done', 0), Number(behaviour ?? 0));
