// Claim: two ranks with one thread each take a training step in about the time of one process with two threads; what
// MPI costs is the sum of the gradients. Usage, with the same batch in both (the emoji teacher's UNet, 16 samples):
//   tsx bench/mpi-training-step.ts --threads 2
//   mpirun -n 2 node --import tsx bench/mpi-training-step.ts --threads 1
// --split: two graphs in one process too, to see what the split itself costs.
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import type { Group } from '../src/distributed/group.ts';
import { openMpi } from '../src/distributed/mpi.ts';
import type { HostTensor } from '../src/engine/engine.ts';
import { onnxEngine } from '../src/engine/onnx/engine.ts';
import { initParams } from '../src/models/init-params.ts';
import type { UNetConfig } from '../src/models/unet-config.ts';
import { unet, unetSpec } from '../src/models/unet.ts';
import { normal, uniform } from '../src/rng/noise.ts';
import { openGroupTraining, openTraining } from '../src/stages/training-program.ts';

const { values: flags } = parseArgs({
  options: {
    steps: { type: 'string', default: '30' },
    threads: { type: 'string', default: '1' },
    split: { type: 'boolean', default: false },
  },
});
const config: UNetConfig = {
  imageSize: 16,
  inChannels: 4,
  outChannels: 4,
  modelChannels: 64,
  channelMult: [1, 2, 3],
  numResBlocks: 2,
  attentionResolutions: [2, 4],
  numHeadChannels: 32,
  useScaleShiftNorm: false,
  resblockUpdown: false,
  spatialTransformer: undefined,
  legacy: true,
  waveletGating: false,
  waveletFusion: 'conv',
};
const settings = {
  steps: Number(flags.steps),
  batchSize: 16,
  learningRate: 1e-4,
  lrSchedule: 'constant',
  warmupSteps: 0,
  weightDecay: 0.01,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  gradClip: 0,
  emaDecay: 0.9,
} as const;

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

const map = (samples: number) => ({ shape: [samples, 4, 16, 16], dtype: 'float32' as const });
const specs = unetSpec(config);
const task = {
  specs,
  settings,
  inputs: (samples: number) => ({ x: map(samples), t: { shape: [samples], dtype: 'float32' as const } }),
  loss: (
    params: Readonly<Record<string, tf.Tensor>>,
    { inputs }: { inputs: Readonly<Record<string, tf.Tensor>> },
  ) => ({
    loss: tf.mean(tf.square(unet(params, config, inputs['x']!, inputs['t']!).output)),
  }),
};
const engine = onnxEngine({ threads: Number(flags.threads) });
const training = await (size > 1 || flags.split
  ? openGroupTraining(engine, task, group)
  : openTraining(engine, task));
training.setState(
  training.initialState(
    initParams(specs, {
      uniform: (name, n) => uniform(0, name, 0, 0, n),
      normal: (name, n) => normal(0, name, 0, 0, n),
    }),
  ),
);
const samples = training.slots.length;
const x: HostTensor = { ...map(samples), data: normal(0, 'x', 0, rank, samples * 4 * 16 * 16) };
const t: HostTensor = { shape: [samples], dtype: 'float32', data: new Float32Array(samples).fill(500) };
const seconds: number[] = [];
const sums: number[] = [];
for (let step = 0; step < settings.steps; step++) {
  reducing = 0;
  mpi.barrier();
  const start = performance.now();
  await training.step(step, { x, t }, false);
  seconds.push((performance.now() - start) / 1000);
  sums.push(reducing / 1000);
}
await training.dispose();
if (rank === 0) {
  const weights = specs.reduce((sum, { shape }) => sum + shape.reduce((n, extent) => n * extent, 1), 0);
  const report = {
    ranks: size,
    graphs: size > 1 || flags.split ? 2 : 1,
    threads: Number(flags.threads),
    batch: settings.batchSize,
    weights,
    secondsPerStep: { median: quantile(seconds, 0.5), fastest: quantile(seconds, 0) },
    ofThemSummingAndWaiting: { median: quantile(sums, 0.5), fastest: quantile(sums, 0) },
  };
  process.stdout.write(`${JSON.stringify(report)}\n`);
}
mpi.finalize();

/** Without the first steps, in which memory is allocated. */
function quantile(values: readonly number[], q: number): number {
  const sorted = values.slice(3).sort((a, b) => a - b);
  return Number(sorted[Math.floor(q * (sorted.length - 1))]!.toFixed(4));
}
