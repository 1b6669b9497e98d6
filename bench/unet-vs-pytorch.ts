// Claim: the UNet on the onnx engine is faster than PyTorch eager on the same CPU, forward and in training.
// Usage: [SDX_PYTHON=python] tsx bench/unet-vs-pytorch.ts [--rounds 15] [--threads 2] [--case ldm-32px]...
// Rounds alternate between the two, a ratio is taken in each round, and the median over the rounds is printed.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { writeSafetensors } from '../src/artifacts/safetensors.ts';
import type { HostTensor, HostTensors } from '../src/engine/engine.ts';
import { onnxEngine } from '../src/engine/onnx/engine.ts';
import { initParams } from '../src/models/init-params.ts';
import type { UNetConfig } from '../src/models/unet-config.ts';
import { unet, unetSpec } from '../src/models/unet.ts';
import { trainStep } from '../src/optim/train-step.ts';
import { normal, uniform } from '../src/rng/noise.ts';
import { Peer, pythonWithTorch } from './peer.ts';
import { median, relativeDifference, withSpread } from './statistics.ts';

const base = {
  outChannels: 3,
  inChannels: 3,
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
} as const;
const emoji = { ...base, imageSize: 16, inChannels: 4, outChannels: 4 } as const;

const cases: Readonly<Record<string, { batch: number; unet: UNetConfig }>> = {
  'ldm-32px': { batch: 8, unet: { ...base, imageSize: 32 } },
  'teacher-16px': { batch: 16, unet: emoji },
  'student-16px-wg': { batch: 16, unet: { ...emoji, modelChannels: 32, waveletGating: true } },
};

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    threads: { type: 'string', default: '2' },
    case: { type: 'string', multiple: true, default: Object.keys(cases) },
  },
});
const [rounds, threads] = [Number(flags.rounds), Number(flags.threads)];

function draw(name: string, shape: readonly number[], scale = 1): HostTensor {
  const n = shape.reduce((product, extent) => product * extent, 1);
  return { shape, dtype: 'float32', data: Float32Array.from(normal(0, name, 0, 0, n), (z) => scale * z) };
}

/** Starting weights, with noise on those that start at zero: nothing may hide behind a zero. */
function startingWeights(config: UNetConfig): HostTensors {
  const drawn = initParams(unetSpec(config), {
    uniform: (name, n) => uniform(0, name, 0, 0, n),
    normal: (name, n) => normal(0, name, 0, 0, n),
  });
  return Object.fromEntries(
    Object.entries(drawn).map(([name, tensor]) => [
      name,
      tensor.data.every((x) => x === 0) ? draw(name, tensor.shape, 0.02) : tensor,
    ]),
  );
}

interface Timing {
  readonly ms: number[];
  /** Processor time, all threads: on a busy machine the steadier measure, if run with --threads 1. */
  readonly cpu: number[];
  readonly peakMiB: number;
}

async function measure(python: string, name: string): Promise<string[]> {
  const { batch, unet: config } = cases[name]!;
  const weights = startingWeights(config);
  const shape = [batch, config.inChannels, config.imageSize, config.imageSize];
  const data = {
    x: draw('x', shape),
    t: {
      shape: [batch],
      dtype: 'float32' as const,
      data: Float32Array.from({ length: batch }, (_, i) => 10 + 50 * i),
    },
    target: draw('target', shape),
  };
  const folder = await mkdtemp(path.join(os.tmpdir(), 'sdx-bench-'));
  await writeSafetensors(path.join(folder, 'weights.safetensors'), weights);
  await writeSafetensors(path.join(folder, 'batch.safetensors'), data);
  await writeFile(path.join(folder, 'config.json'), JSON.stringify({ unet: config }));
  const script = new URL('unet_pytorch.py', import.meta.url).pathname;
  const peer = new Peer(python, [script, folder, String(threads)]);
  const { torch } = await peer.answer<{ torch: string }>();

  const engine = onnxEngine({ threads });
  const forward = await engine.compile(
    ({ inputs, constants }) => ({
      outputs: { y: unet(constants, config, inputs['x']!, inputs['t']!).output },
    }),
    { constants: weights, inputs: { x: data.x, t: data.t } },
  );
  const step = trainStep(
    {
      specs: unetSpec(config),
      loss: (params, { inputs: { x, t, target } }) => ({
        loss: tf.mean(tf.squaredDifference(unet(params, config, x!, t!).output, target!)),
      }),
    },
    {
      steps: 1000,
      learningRate: 1e-4,
      lrSchedule: 'constant',
      warmupSteps: 0,
      weightDecay: 0.01,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      gradClip: 0,
      emaDecay: 0.9,
    },
  );
  const started = performance.now();
  const train = await engine.compile(step.fn, { state: step.state, inputs: { ...step.inputs, ...data } });
  const compileSeconds = (performance.now() - started) / 1000;
  train.setState(step.initialState(weights));

  let [steps, loss] = [0, NaN];
  const ours: Record<'forward' | 'train', () => Promise<void>> = {
    forward: async () => {
      await forward.run({ x: data.x, t: data.t });
    },
    train: async () => {
      loss = (await train.run({ ...data, ...step.schedule(steps++) }))['loss']!.data[0]!;
    },
  };
  const rows: string[] = [];
  const { output } = await peer.ask<{ output: number[] }>({ do: 'output' });
  const { y } = await forward.run({ x: data.x, t: data.t });
  const difference = relativeDifference(y!.data, output);
  for (const what of ['forward', 'train'] as const) {
    const reps = what === 'forward' ? 4 : 2;
    for (let i = 0; i < 2; i++) await ours[what]();
    await peer.ask({ do: what, reps: 2 });
    const all: Record<'ours' | 'theirs' | 'ratio' | 'cpu', number[]> = {
      ours: [],
      theirs: [],
      ratio: [],
      cpu: [],
    };
    let peak = NaN;
    let theirLoss: number | undefined;
    for (let round = 0; round < rounds; round++) {
      const mine: number[] = [];
      const cpu: number[] = [];
      for (let rep = 0; rep < reps; rep++) {
        const [before, usage] = [performance.now(), process.cpuUsage()];
        await ours[what]();
        mine.push(performance.now() - before);
        const { user, system } = process.cpuUsage(usage);
        cpu.push((user + system) / 1000);
      }
      const theirs = await peer.ask<Timing & { loss?: number }>({ do: what, reps });
      peak = theirs.peakMiB;
      theirLoss = theirs.loss;
      all.ours.push(median(mine));
      all.theirs.push(median(theirs.ms));
      all.ratio.push(median(mine) / median(theirs.ms));
      all.cpu.push(median(cpu) / median(theirs.cpu));
    }
    const agreement =
      what === 'forward'
        ? `outputs ${difference.toExponential(1)}`
        : `losses ${Math.abs(loss / theirLoss! - 1).toExponential(1)}`;
    rows.push(
      `| ${name} | ${what === 'train' ? 'train step' : what} | ${median(all.ours).toFixed(1)} | ${median(all.theirs).toFixed(1)} ` +
        `| ${withSpread(all.ratio)} | ${withSpread(all.cpu)} | ${rounds} x ${reps} | ${agreement} |`,
    );
    if (what === 'train') {
      const own = process.resourceUsage().maxRSS / 1024;
      notes.push(
        `${name}: train step compiles in ${compileSeconds.toFixed(1)} s; peak memory ${own.toFixed(0)} MiB (this process so far), PyTorch ${peak.toFixed(0)} MiB.`,
      );
    }
  }
  await forward.dispose();
  await train.dispose();
  peer.end();
  await rm(folder, { recursive: true });
  versions = `onnxruntime-node ${engine.describe()['onnxruntime-node']}, PyTorch ${torch}, Node ${process.versions.node}`;
  return rows;
}

const notes: string[] = [];
let versions = '';
const python = pythonWithTorch();
if (python === undefined) {
  console.log('skipped: PyTorch not found (set SDX_PYTHON to a Python that has it)');
} else {
  const rows: string[] = [];
  for (const name of flags.case) rows.push(...(await measure(python, name)));
  console.log(
    '| case | what | onnx engine, ms | PyTorch eager, ms | ratio (quartiles) | ratio of CPU time | n | relative difference |',
  );
  console.log('|---|---|---|---|---|---|---|---|');
  console.log(rows.join('\n'));
  console.log(`\n${os.cpus()[0]?.model ?? 'unknown CPU'}, ${threads} threads; ${versions}.`);
  console.log('Train step: forward, backward, AdamW (PyTorch: fused) and moving average of the weights.');
  console.log(notes.join('\n'));
}
