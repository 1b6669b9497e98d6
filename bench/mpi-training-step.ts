// Claim: two ranks with one thread each take a training step in about the time of one process with two threads; what
// MPI costs is the sum of the gradients. Usage, with the same batch in both (the emoji teacher's UNet, 16 samples):
//   tsx bench/mpi-training-step.ts --threads 2
//   mpirun -n 2 node --import tsx bench/mpi-training-step.ts --threads 1
// --split: two graphs in one process too, to see what the split itself costs.
import { parseArgs } from 'node:util';
import { sizeOf } from '../src/engine/engine.ts';
import type { Group } from '../src/distributed/group.ts';
import { openMpi } from '../src/distributed/mpi.ts';
import { onnxEngine } from '../src/engine/onnx/engine.ts';
import { openSplitTraining, openTraining } from '../src/stages/training/training-program.ts';
import { median } from './statistics.ts';
import { adamw, drawBatch, emojiUnet, regression, startingWeights } from './training-case.ts';

const { values: flags } = parseArgs({
  options: {
    steps: { type: 'string', default: '30' },
    threads: { type: 'string', default: '1' },
    split: { type: 'boolean', default: false },
  },
});
const config = emojiUnet;
const settings = { ...adamw, steps: Number(flags.steps), batchSize: 16 };

const mpi = await openMpi();
const { rank, size } = mpi;
let reducing = 0;
const group: Group = {
  rank,
  size,
  sum: (vector) => {
    const start = performance.now();
    mpi.sum(vector);
    reducing += performance.now() - start;
  },
  broadcast: (data) => {
    mpi.broadcast(data);
  },
  release: () => undefined,
};

const task = { ...regression(config), settings, inputs: (samples: number) => drawBatch(config, samples) };
const engine = onnxEngine({ threads: Number(flags.threads) });
const training = await (size > 1 || flags.split
  ? openSplitTraining(engine, task, group)
  : openTraining(engine, task));
training.setState(training.initialState(startingWeights(config)));
const batch = drawBatch(config, training.slots.length, rank);
const seconds: number[] = [];
const sums: number[] = [];
for (let step = 0; step < settings.steps; step++) {
  reducing = 0;
  mpi.barrier();
  const start = performance.now();
  await training.step(step, batch, false);
  seconds.push((performance.now() - start) / 1000);
  sums.push(reducing / 1000);
}
await training.dispose();
if (rank === 0) {
  const weights = task.specs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const report = {
    ranks: size,
    graphs: size > 1 || flags.split ? 2 : 1,
    threads: Number(flags.threads),
    batch: settings.batchSize,
    weights,
    secondsPerStep: summary(seconds),
    ofThemSummingAndWaiting: summary(sums),
  };
  process.stdout.write(`${JSON.stringify(report)}\n`);
}
mpi.finalize();

/** Without the first steps, in which memory is allocated. */
function summary(values: readonly number[]) {
  const settled = values.slice(3);
  return { median: round(median(settled)), fastest: round(Math.min(...settled)) };
}

function round(seconds: number): number {
  return Number(seconds.toFixed(4));
}
