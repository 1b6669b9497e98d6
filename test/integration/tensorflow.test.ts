// The tensorflow engine as users start it, where it is installed (scripts/build-tensorflow.ts): the onnx engine's losses
// and images, Ctrl-C, threads, and nothing but sdx's own words on stderr.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import { tinyExperiment } from '../support/experiments/family.ts';
import {
  expectSameTraining,
  readTrainedStore,
  type TrainedStore,
} from '../support/experiments/trained-store.ts';
import { script, sdx } from '../support/processes/sdx.ts';
import { tensorflowWherePresent } from '../support/tensorflow.ts';

const signalInStage = fileURLToPath(new URL('../support/processes/signal-in-stage.ts', import.meta.url));
const countThreads = fileURLToPath(new URL('../support/device/tensorflow-threads.ts', import.meta.url));

describe.skipIf(tensorflowWherePresent().length === 0)('the tensorflow engine', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sdx-tensorflow-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Everything up to the samples of the student that has gates and both distillation losses. */
  const command = (engine: Engine['name']): string[] => {
    const places = ['--store', path.join(folder, engine), '--results', path.join(folder, 'results')];
    return ['run', tinyExperiment, '--stage', 'sample:sd', '--engine', engine, ...places];
  };

  const read = (engine: Engine['name']): Promise<TrainedStore> => readTrainedStore(path.join(folder, engine));

  it('trains, distils and samples as the onnx engine does, also after Ctrl-C in training', async () => {
    const onOnnx = await sdx(command('onnx'));
    expect(onOnnx, onOnnx.stderr).toMatchObject({ exitCode: 0 });
    const inTeacher = ['SIGINT', 'teacher', '3'];
    const stopped = await script(signalInStage, [...inTeacher, ...command('tensorflow')]);
    expect(stopped.exitCode, stopped.stderr).toBe(130);
    expect(stopped.stderr).toContain('stopping at the next step');
    const goneOn = await sdx(command('tensorflow'));
    expect(goneOn, goneOn.stderr).toMatchObject({ exitCode: 0 });
    // Heard after the step in which it came, or after the one that had begun by then.
    expect(goneOn.stderr).toMatch(/teacher: going on from step [34]\n/);
    for (const { stderr } of [stopped, goneOn]) expect(stderr).not.toMatch(/tensorflow\/(core|compiler)/);

    const [expected, actual] = [await read('onnx'), await read('tensorflow')];
    expect(expected.images.length).toBe(8 * 3 * 16 * 16);
    expectSameTraining(expected, actual, {
      engine: 'tensorflow',
      libtensorflow: expect.stringMatching(/^2\.\d+\.\d+$/) as string,
      device: expect.stringMatching(/^[cg]pu$/) as string,
      threads: '1', // as the experiment says
    });
  });

  it('takes as many threads as it is told', async () => {
    const running = async (threads: number): Promise<number> => {
      const told = await script(countThreads, [`${threads}`]);
      expect(told.exitCode, told.stderr).toBe(0);
      expect(told.stderr).toBe('');
      const { described, running } = JSON.parse(told.stdout) as { described: object; running: number };
      expect(described).toMatchObject({ threads: `${threads}` });
      return running;
    };
    expect((await running(5)) - (await running(1))).toBe(4);
  });

  it('is tried by the doctor', async () => {
    const { stdout, stderr, exitCode } = await sdx(['doctor', '--store', path.join(folder, 'doctor')]);
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toMatch(
      /engine tensorflow +ok +@tensorflow\/tfjs-node\S*, libtensorflow 2\.\S+ on the [cg]pu\n/,
    );
    expect(stderr).toBe('');
  });
});
