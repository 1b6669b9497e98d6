// Claim: the UNet on the onnx engine is faster than PyTorch eager on the same CPU, forward and in training.
// Usage: [SDX_PYTHON=python] tsx bench/unet-vs-pytorch.ts [--rounds 15] [--threads 2] [--case ldm-32px]...
// Rounds alternate between the two, a ratio is taken in each round, and the median over the rounds is printed.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { writeSafetensors } from '../src/weights/safetensors/safetensors.ts';
import { onnxEngine } from '../src/engine/onnx/engine.ts';
import type { UNetConfig } from '../src/models/unet/unet-config.ts';
import { unet } from '../src/models/unet/unet.ts';
import { trainStep } from '../src/optim/train-step.ts';
import { Peer, pythonWithTorch } from './peer.ts';
import { median, relativeDifference, withSpread } from './statistics.ts';
import { adamw, drawBatch, emojiUnet, ldmUnet, regression, startingWeights } from './training-case.ts';

const cases: Readonly<Record<string, { batch: number; unet: UNetConfig }>> = {
  'ldm-32px': { batch: 8, unet: ldmUnet },
  'teacher-16px': { batch: 16, unet: emojiUnet },
  'teacher-8px': {
    batch: 16,
    unet: { ...emojiUnet, imageSize: 8, channelMult: [1, 2, 2], numResBlocks: 1 }, // the quickstart's
  },
  'student-16px-wg': { batch: 16, unet: { ...emojiUnet, modelChannels: 32, waveletGating: true } },
};

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    threads: { type: 'string', default: '2' },
    case: { type: 'string', multiple: true, default: Object.keys(cases) },
  },
});
const [rounds, threads] = [Number(flags.rounds), Number(flags.threads)];

interface Timing {
  readonly ms: number[];
  /** Processor time, all threads: on a busy machine the steadier measure, if run with --threads 1. */
  readonly cpu: number[];
  readonly peakMiB: number;
}

async function measure(python: string, name: string): Promise<string[]> {
  const { batch, unet: config } = cases[name]!;
  const weights = startingWeights(config);
  const data = drawBatch(config, batch);
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
  const step = trainStep(regression(config), adamw);
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
      loss = (await train.run({ ...data, ...step.stepScalars(steps++) }))['loss']!.data[0]!;
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
  console.log(
    'Train step: forward, backward, AdamW (PyTorch: fused, 1.x: foreach) and moving average of the weights.',
  );
  console.log(notes.join('\n'));
}
