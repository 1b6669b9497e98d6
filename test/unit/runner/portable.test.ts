import path from 'node:path';
import { expect, it } from 'vitest';
import type { Experiment } from '../../../src/config/types.generated.ts';
import { portableConfig, portableEngine } from '../../../src/runner/portable.ts';
import { smallExperiment } from '../../support/experiments/small-experiment.ts';

it('configurations of two machines are the same: paths as the file would write them, no threads, no logs', () => {
  const on = (machine: string, threads: number): Experiment => ({
    ...smallExperiment,
    threads,
    log: { tensorboard: machine === '/here' },
    dataset: {
      kind: 'folder',
      path: path.resolve(machine, 'data', 'images'),
      size: 16,
      filter: 'bicubic',
      alpha: 'white',
      maxCorrupt: 0,
    },
  });
  const [here, there] = ['/here', '/far/away'].map((machine, i) =>
    portableConfig(on(machine, i), path.resolve(machine, 'experiments')),
  );
  expect(here).toEqual(there);
  expect(here).toMatchObject({ dataset: { path: '../data/images' } });
  expect(here).not.toHaveProperty('threads');
  expect(here).not.toHaveProperty('log');
});

it('the folder of the file itself is a dot', () => {
  const config: Experiment = {
    ...smallExperiment,
    teacher: { unet: smallExperiment.teacher.unet, checkpoint: { path: path.resolve('/a'), ema: 'prefer' } },
  };
  expect(portableConfig(config, path.resolve('/a'))).toMatchObject({
    teacher: { checkpoint: { path: '.' } },
  });
});

it('an engine is what decides bytes', () => {
  expect(portableEngine({ engine: 'onnx', 'onnxruntime-node': '1.30.0', threads: '2' })).toEqual({
    engine: 'onnx',
    'onnxruntime-node': '1.30.0',
  });
});
