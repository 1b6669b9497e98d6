// The predicted and the measured peak memory of training: whole trainings with their checkpoints, each in a process of its own.
// Measured is what the system says was the most that a process had in memory; a ratio of 1 is a prediction that holds.
//
//     npx tsx bench/memory.ts [case]...
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { onnxEngine } from '../src/engine/onnx/engine.ts';
import type { TensorSpecs } from '../src/engine/engine.ts';
import { alignSpec, tapPairs } from '../src/distill/feature-taps.ts';
import { lossTerms } from '../src/distill/terms/catalog.ts';
import type { UNetConfig } from '../src/models/unet/unet-config.ts';
import { compilableTask, type DiffusionTask } from '../src/stages/training/diffusion-task.ts';
import { runTraining } from '../src/stages/training/training-loop.ts';
import { trainingPeaks } from '../src/stages/training/training-peak.ts';
import { adamw, draw, emojiUnet, ldmUnet } from './training-case.ts';

interface Case {
  readonly batchSize: number;
  readonly samples?: number;
  readonly task: DiffusionTask;
}

const quickstartUnet: UNetConfig = { ...emojiUnet, imageSize: 8, channelMult: [1, 2, 2], numResBlocks: 1 };
const gatedUnet: UNetConfig = { ...emojiUnet, modelChannels: 32, waveletGating: true };

const cases: Readonly<Record<string, Case>> = {
  'teacher-8px': { batchSize: 16, task: learned(quickstartUnet) },
  'teacher-16px': { batchSize: 16, task: learned(emojiUnet) },
  'student-16px-wg': { batchSize: 16, task: learned(gatedUnet) },
  'student-16px-wg, distilled': { batchSize: 16, task: learned(gatedUnet, emojiUnet) },
  'ldm-32px': { batchSize: 8, task: learned(ldmUnet) },
  'teacher-16px, batch 32': { batchSize: 32, task: learned(emojiUnet) },
  'teacher-16px, parts of 4': { batchSize: 16, samples: 4, task: learned(emojiUnet) },
  'teacher-8px, batch 64': { batchSize: 64, task: learned(quickstartUnet) },
};

function learned(unet: UNetConfig, teacher?: UNetConfig): DiffusionTask {
  const pairs = teacher && tapPairs(teacher, unet, 'all');
  const settings = {
    lambdaS: 0.1,
    lambdaF: 0.1,
    alpha: 1,
    weightFloor: 0,
    taps: 'all',
    reduction: 'mean',
  } as const;
  return {
    unet,
    latentShape: [unet.inChannels, unet.imageSize, unet.imageSize],
    keepsEmbedder: false,
    ...(teacher &&
      pairs && {
        distillation: {
          teacher,
          pairs,
          alignSpecs: alignSpec(pairs),
          terms: lossTerms({ spatial: true, freq: true }, { ...settings, dftNorm: 'ortho' }),
        },
      }),
  };
}

async function measure({ batchSize, samples = batchSize, task }: Case): Promise<number> {
  const { specs, loss, inputs, constants } = compilableTask(task);
  const drawn = (shapes: TensorSpecs, scale: number) =>
    Object.fromEntries(Object.entries(shapes).map(([name, { shape }]) => [name, draw(name, shape, scale)]));
  const workDir = await mkdtemp(path.join(os.tmpdir(), 'sdx-bench-'));
  await runTraining(
    {
      seed: 1,
      workDir,
      emit: () => undefined,
      signal: new AbortController().signal,
      engine: () => Promise.resolve(onnxEngine()),
    },
    {
      what: 'training',
      specs,
      loss,
      inputs,
      constants: drawn(constants, 0.02),
      settings: { ...adamw, steps: 6, batchSize, microBatch: samples, checkpointEvery: 3, logEvery: 2 },
      batch: (_step, slots) => Promise.resolve(drawn(inputs(slots.length), 1)),
    },
  );
  await rm(workDir, { recursive: true });
  return process.resourceUsage().maxRSS / 1024;
}

/** In MiB; in a process that does not train. */
function predicted({ batchSize, samples = batchSize, task }: Case): number {
  return trainingPeaks(compilableTask(task), { ...adamw, batchSize }, 'cpu')(samples).bytes / 2 ** 20;
}

const [asked, ...others] = process.argv.slice(2);
if (asked === '--measure') process.stdout.write(String(await measure(cases[others[0]!]!)));
else {
  const names = asked === undefined ? Object.keys(cases) : [asked, ...others];
  process.stdout.write('| case | predicted, MiB | measured, MiB | ratio |\n| --- | ---: | ---: | ---: |\n');
  for (const name of names) {
    const command = [...process.execArgv, fileURLToPath(import.meta.url), '--measure', name];
    const { stdout } = spawnSync(process.execPath, command, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [told, found] = [predicted(cases[name]!), Number(stdout)];
    process.stdout.write(
      `| ${name} | ${told.toFixed(0)} | ${found.toFixed(0)} | ${(told / found).toFixed(2)} |\n`,
    );
  }
}
