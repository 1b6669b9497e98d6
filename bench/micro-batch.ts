// Peak memory and time of a training step in parts of its batch, each in a process of its own: the UNet of LDM's shape on
// 32-pixel images, batches of 16.
//
//     npx tsx bench/micro-batch.ts
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onnxEngine } from '../src/engine/onnx/engine.ts';
import { openSplitTraining, openTraining } from '../src/stages/training/training-program.ts';
import { adamw, drawBatch, ldmUnet, regression, startingWeights } from './training-case.ts';

const batchSize = 16;
const steps = 4;

async function measure(microBatch: number): Promise<void> {
  const task = {
    ...regression(ldmUnet),
    settings: { ...adamw, batchSize, microBatch },
    inputs: (samples: number) => drawBatch(ldmUnet, samples),
  };
  const open = microBatch < batchSize ? openSplitTraining : openTraining;
  const program = await open(onnxEngine(), task);
  program.setState(program.initialState(startingWeights(ldmUnet)));
  const batch = drawBatch(ldmUnet, batchSize);
  const times: number[] = [];
  for (let n = 0; n < steps; n++) {
    const started = performance.now();
    await program.step(n, batch, false);
    times.push(performance.now() - started);
  }
  const seconds = times.slice(1).sort((a, b) => a - b)[Math.floor((steps - 1) / 2)]! / 1000;
  const peak = process.resourceUsage().maxRSS / 1024;
  process.stdout.write(
    `${String(microBatch).padStart(5)}  ${peak.toFixed(0).padStart(8)}  ${seconds.toFixed(2).padStart(8)}\n`,
  );
}

const [asked] = process.argv.slice(2);
if (asked !== undefined) await measure(Number(asked));
else {
  process.stdout.write('parts of  peak MiB  s a step\n');
  for (const microBatch of [16, 8, 4, 2])
    spawnSync(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), String(microBatch)], {
      stdio: 'inherit',
    });
}
