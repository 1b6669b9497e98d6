// The onnx engine on a GPU interface: a real WebGPU, on the system's GPU or on SwiftShader. No node of any graph may
// fall back to the CPU: sessions are made so that this would be an error.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { busTraffic, vulkanEnv, whyNoWebgpu } from '../support/device/vulkan.ts';
import { tinyExperiment } from '../support/experiments/family.ts';
import {
  expectSameTraining,
  readTrainedStore,
  type TrainedStore,
} from '../support/experiments/trained-store.ts';
import { script, sdx } from '../support/processes/sdx.ts';

const missing = await whyNoWebgpu();
if (missing !== undefined) console.warn(`skipped: ${missing}`);

const signalInStage = fileURLToPath(new URL('../support/processes/signal-in-stage.ts', import.meta.url));

describe.skipIf(missing !== undefined)('WebGPU', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sdx-webgpu-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Everything up to the samples of the student that has gates and both distillation losses, in few steps: it is slow. */
  const changes = [
    'autoencoder.train.steps=2',
    'teacher.train.steps=5',
    'distill.steps=3',
    'distill.logEvery=1',
  ];
  const command = (device: string): string[] => {
    const places = ['--store', path.join(folder, device), '--results', path.join(folder, 'results')];
    return [
      'run',
      tinyExperiment,
      ...changes,
      'sample.steps=4',
      'sample.count=2',
      'sample.batchSize=2',
      '--stage',
      'sample:sd',
      '--device',
      device,
      ...places,
    ];
  };

  const read = (device: string): Promise<TrainedStore> => readTrainedStore(path.join(folder, device));

  it('trains, distils and samples as the CPU does, also after a kill', async () => {
    const onCpu = await sdx(command('cpu'));
    expect(onCpu, onCpu.stderr).toMatchObject({ exitCode: 0 });
    const killed = await script(signalInStage, ['SIGKILL', 'teacher', '3', ...command('webgpu')], {
      env: vulkanEnv,
    });
    expect(killed.signal, killed.stderr).toBe('SIGKILL');
    const onGpu = await sdx(command('webgpu'), { env: vulkanEnv });
    expect(onGpu, onGpu.stderr).toMatchObject({ exitCode: 0 });
    expect(onGpu.stderr).toContain('teacher: going on from step 2');

    const [expected, actual] = [await read('cpu'), await read('webgpu')];
    expect(expected.images.length).toBe(2 * 3 * 16 * 16);
    expectSameTraining(expected, actual, { executionProviders: 'webgpu' });
  });

  it('keeps the state on the device: a step moves the batch, its scalars and the loss', async () => {
    const { stdout, stderr, exitCode } = await script(busTraffic, ['3'], { env: vulkanEnv });
    expect(exitCode, stderr).toBe(0);
    const { losses, traffic, stateBytes } = JSON.parse(stdout) as {
      losses: number[];
      traffic: { in: number; out: number }[];
      stateBytes: number;
    };
    // x and target [2, 4, 4, 4], two timesteps and four scalars of the optimizer, in float32.
    const batch = 4 * (2 * 2 * 64 + 2 + 4);
    expect(traffic).toEqual([
      { in: batch + stateBytes, out: 4 },
      { in: batch, out: 4 },
      { in: batch, out: 4 },
    ]);
    expect(losses[2]).toBeLessThan(losses[0]!);
  });
});

it('a device that is not there is refused before anything is computed, with what to do', async () => {
  const store = path.join(tmpdir(), `sdx-no-device-${process.pid}`);
  const env = { VK_ICD_FILENAMES: '/nonexistent.json', VK_DRIVER_FILES: '/nonexistent.json' };
  const { exitCode, stderr } = await sdx(['run', tinyExperiment, '--device', 'webgpu', '--store', store], {
    env,
  });
  expect(exitCode).toBe(2);
  expect(stderr).toContain('error: the device webgpu is not there: ONNX Runtime finds no GPU');
  expect(stderr).toContain('hint: ');
  await expect(readdir(store)).rejects.toThrow('ENOENT');
});
