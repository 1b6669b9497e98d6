// Compares the UNet on the onnx engine with the best that PyTorch offers on the same CPU (eager, channels-last and
// torch.compile), forward, forward with convolutions on integers, and in training.
// Usage: [SDX_PYTHON=python] tsx bench/unet-vs-pytorch.ts [--rounds 9] [--threads 2] [--batch 8] [--case ldm-32px]...
//        [--way eager]...
// Every way is a process of its own, with the same weights and batch. Rounds alternate between them. The ratio is that of ours
// to the way of PyTorch whose median is the least, taken in each round; its median over the rounds is printed.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { onnxEngine } from '../src/engine/onnx/engine.ts';
import type { UNetConfig } from '../src/models/unet/unet-config.ts';
import { unetCost } from '../src/stages/networks/traced-cost.ts';
import { writeSafetensors } from '../src/weights/safetensors/safetensors.ts';
import { Peer, pythonWithTorch } from './peer.ts';
import { median, relativeDifference, withSpread } from './statistics.ts';
import { draw, drawBatch, emojiUnet, ldmUnet, startingWeights } from './training-case.ts';

const cases: Readonly<Record<string, { batch: number; unet: UNetConfig }>> = {
  'teacher-8px': {
    batch: 16,
    unet: { ...emojiUnet, imageSize: 8, channelMult: [1, 2, 2], numResBlocks: 1 }, // the quickstart's
  },
  'teacher-16px': { batch: 16, unet: emojiUnet },
  'student-16px-wg': { batch: 16, unet: { ...emojiUnet, modelChannels: 32, waveletGating: true } },
  'ldm-32px': { batch: 8, unet: ldmUnet },
  'ldm-64px': { batch: 4, unet: { ...ldmUnet, imageSize: 64, attentionResolutions: [4] } },
};
const ways = ['eager', 'channels-last', 'compile'] as const;

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    threads: { type: 'string', default: '2' },
    batch: { type: 'string' },
    case: { type: 'string', multiple: true, default: Object.keys(cases) },
    way: { type: 'string', multiple: true, default: [...ways] },
  },
});
const [rounds, threads] = [Number(flags.rounds), Number(flags.threads)];
const what = ['forward', 'int8', 'train'] as const;
const titles = { forward: 'forward', int8: 'forward in int8', train: 'train step' } as const;
const passes = { forward: 1, int8: 1, train: 3 } as const;

interface Timing {
  readonly ms: number[];
  /** Processor time, all threads: on a busy machine the steadier measure, if run with --threads 1. */
  readonly cpu: number[];
  readonly peakMiB: number;
  readonly loss?: number;
}

/** GFLOP/s of the machine's 3x3 convolutions at their best: 128 channels, 32x32, constant filters. */
async function convolutionPeak(): Promise<number> {
  const [batch, channels, side, layers] = [8, 128, 32, 8];
  const x = draw('peak', [batch, channels, side, side]);
  const filter = draw('filter', [3, 3, channels, channels], 0.03);
  const program = await onnxEngine({ threads }).compile(
    ({ constants, inputs }) => {
      let y = inputs['x'] as tf.Tensor4D;
      for (let i = 0; i < layers; i++) y = tf.conv2d(y, constants['filter'] as tf.Tensor4D, 1, 1, 'NCHW');
      return { outputs: { y } };
    },
    { constants: { filter }, inputs: { x } },
  );
  const seconds: number[] = [];
  for (let i = 0; i < 10; i++) {
    const start = performance.now();
    await program.run({ x });
    seconds.push((performance.now() - start) / 1000);
  }
  await program.dispose();
  return (2 * 9 * batch * channels ** 2 * side ** 2 * layers) / Math.min(...seconds) / 1e9;
}

async function measure(python: string, name: string, peak: number): Promise<string[]> {
  const { batch: usual, unet: config } = cases[name]!;
  const batch = flags.batch === undefined ? usual : Number(flags.batch);
  const folder = await mkdtemp(path.join(os.tmpdir(), 'sdx-bench-'));
  await writeSafetensors(path.join(folder, 'weights.safetensors'), startingWeights(config));
  await writeSafetensors(path.join(folder, 'batch.safetensors'), drawBatch(config, batch));
  await writeFile(path.join(folder, 'config.json'), JSON.stringify({ unet: config }));
  const file = (of: string): string => new URL(of, import.meta.url).pathname;
  const own = [path.resolve('node_modules/tsx/dist/cli.mjs'), file('unet-onnx.ts')];
  const peers = [
    { way: 'ours', peer: new Peer(process.execPath, [...own, folder, String(threads)]) },
    ...flags.way.map((way) => ({
      way,
      peer: new Peer(python, [file('unet_pytorch.py'), folder, String(threads), way]),
    })),
  ];
  for (const { way, peer } of peers)
    versions.set(way === 'ours' ? way : 'PyTorch', (await peer.answer<{ version: string }>()).version);
  const outputs: number[][] = [];
  for (const { peer } of peers) outputs.push((await peer.ask<{ output: number[] }>({ do: 'output' })).output);
  const { output: int8 } = await peers[0]!.peer.ask<{ output: number[] }>({ do: 'int8 output' });
  const given = { forward: outputs[0]!, int8 };
  const { macs, attentionMacs } = unetCost(config);

  const rows: string[] = [];
  for (const one of what) {
    const reps = one === 'train' ? 2 : 4;
    // Against integers stands the peer's float32.
    const asked = (way: string): string => (one === 'int8' && way !== 'ours' ? 'forward' : one);
    const found = new Map(
      peers.map(({ way }) => [way, { ms: [] as number[], cpu: [] as number[], peakMiB: 0, loss: NaN }]),
    );
    for (const { way, peer } of peers) await peer.ask({ do: asked(way), reps: 2 });
    for (let round = 0; round < rounds; round++)
      for (const { way, peer } of peers) {
        const timing = await peer.ask<Timing>({ do: asked(way), reps });
        const all = found.get(way)!;
        all.ms.push(median(timing.ms));
        all.cpu.push(median(timing.cpu));
        all.peakMiB = timing.peakMiB;
        all.loss = timing.loss ?? NaN;
      }
    const [ours, ...theirs] = [...found.entries()];
    const [best, least] = theirs.reduce((a, b) => (median(b[1].ms) < median(a[1].ms) ? b : a));
    const ratio = (of: 'ms' | 'cpu'): string =>
      withSpread(ours![1][of].map((value, i) => value / least[of][i]!));
    const share =
      (2 * passes[one] * (macs + attentionMacs) * batch) / (median(ours![1].ms) / 1000) / 1e9 / peak;
    const agreement =
      one === 'train'
        ? Math.abs(ours![1].loss / least.loss - 1)
        : Math.max(...outputs.slice(1).map((output) => relativeDifference(given[one], output)));
    rows.push(
      `| ${[
        name,
        batch,
        titles[one],
        median(ours![1].ms).toFixed(1),
        ...theirs.map(([, { ms }]) => median(ms).toFixed(1)),
        ratio('ms'),
        ratio('cpu'),
        `${(100 * share).toFixed(0)} %`,
        `${ours![1].peakMiB.toFixed(0)} / ${least.peakMiB.toFixed(0)} (${best})`,
        agreement.toExponential(1),
      ].join(' | ')} |`,
    );
  }
  for (const { peer } of peers) peer.end();
  await rm(folder, { recursive: true });
  return rows;
}

const versions = new Map<string, string>();
const python = pythonWithTorch();
if (python === undefined) {
  console.log('skipped: PyTorch not found (set SDX_PYTHON to a Python that has it)');
} else {
  const peak = await convolutionPeak();
  const columns = [
    ...['case', 'batch', 'what', 'onnx engine, ms', ...flags.way.map((way) => `PyTorch ${way}, ms`)],
    ...['ratio to the best (quartiles)', 'of CPU time', 'of the convolution peak'],
    ...['peak MiB, ours / best', 'relative difference'],
  ];
  console.log(`| ${columns.join(' | ')} |\n|${columns.map(() => '---').join('|')}|`);
  for (const name of flags.case) for (const row of await measure(python, name, peak)) console.log(row);
  console.log(
    `\n${os.cpus()[0]?.model ?? 'unknown CPU'}, ${threads} threads, ${rounds} rounds; convolution peak ${peak.toFixed(0)} GFLOP/s; ` +
      `${versions.get('ours') ?? ''}, ${versions.get('PyTorch') ?? ''}, Node ${process.versions.node}.\n` +
      'Train step: forward, backward, AdamW (PyTorch: fused, 1.x: foreach) and moving average of the weights.',
  );
}
