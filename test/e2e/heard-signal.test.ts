// Ctrl-C in a training whose engine computes within the call: heard after the step, not at the next checkpoint.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSdx } from '../support/processes/sdx.ts';

/** Would train for hours, with a checkpoint at the end alone; its steps take a fraction of a second. */
const endless = `
name: eager
engine: reference
dataset: { kind: emoji, size: 8, categories: [Activities] }
autoencoder: { kind: none }
teacher:
  unet: { modelChannels: 8, normGroups: 4, channelMult: [1], numResBlocks: 1, attentionResolutions: [1], numHeads: 1 }
  train: { steps: 100000, batchSize: 1, learningRate: 1.0e-3, checkpointEvery: 100000 }
students:
  sd: { modelChannels: 8 }
distill: { steps: 2, batchSize: 1, learningRate: 1.0e-3 }
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sdx-signal-'));
  await writeFile(path.join(folder, 'eager.yaml'), endless);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Progress {
  readonly type: string;
  readonly stage: string;
  readonly done: number;
}

it('the reference engine: Ctrl-C ends the training within two seconds, with a checkpoint', async () => {
  const at = (name: string): string => path.join(folder, name);
  const places = ['--store', at('store'), '--results', at('out')];
  const child = startSdx(['run', at('eager.yaml'), '--stage', 'teacher', '--json', ...places]);
  let sent = 0;
  createInterface(child.stdout).on('line', (line) => {
    const { type, stage, done } = JSON.parse(line) as Progress;
    if (sent > 0 || type !== 'stage-progress' || stage !== 'teacher' || done < 3) return;
    sent = performance.now();
    child.kill('SIGINT');
  });
  const { exitCode, stderr } = await child;
  const seconds = (performance.now() - sent) / 1000;
  expect(exitCode, stderr).toBe(130);
  expect(stderr).toContain('stopping at the next step');
  expect(sent).toBeGreaterThan(0);
  expect(seconds).toBeLessThan(2);
  const files = await readdir(at('store/work'), { recursive: true });
  expect(files).toContainEqual(expect.stringMatching(/step-\d+\.safetensors$/));
});
