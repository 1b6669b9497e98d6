// A process that runs the small experiment with fake stages: tests start it, kill it, and start it again.
// Arguments: store, name of the run, milliseconds that each stage takes.
import { setTimeout as sleep } from 'node:timers/promises';
import { openStore } from '../../../src/store/store.ts';
import { compilePlan } from '../../../src/plan/compile.ts';
import { runPlan } from '../../../src/runner/run-plan.ts';
import { smallExperiment, smallExternals } from '../experiments/small-experiment.ts';
import { fakeStages } from '../stages/fake-stages.ts';

const [store = '', experiment = '', delay = '0'] = process.argv.slice(2);
const { stages } = fakeStages({ behaviour: () => sleep(Number(delay)) });

await runPlan({
  plan: { ...compilePlan(smallExperiment, smallExternals), experiment },
  stages,
  store: openStore(store),
  engine: () => Promise.reject(new Error('no stage here needs an engine')),
  signal: new AbortController().signal,
  onEvent: (event) => process.stdout.write(`${JSON.stringify(event)}\n`),
});
