import { expect, test } from 'vitest';
import { engineArguments, engineOptions, engineOverrides } from '../../../src/engine/engine-options.ts';

const experiment = { name: 'tiny', engine: 'onnx', device: 'cpu', threads: 2 } as const;

test('what is not asked for is as the experiment says; other members are left out', () => {
  expect(engineOptions(experiment)).toEqual({ engine: 'onnx', device: 'cpu', threads: 2 });
  expect(engineOptions(experiment, { device: 'webgpu', threads: 0 })).toEqual({
    engine: 'onnx',
    device: 'webgpu',
    threads: 0,
  });
});

test('flags become changes to an experiment, and a command line', () => {
  const given = { store: '.sdx', engine: 'reference', threads: 0 } as const;
  expect(engineOverrides(given)).toEqual(['engine=reference', 'threads=0']);
  expect(engineArguments(given)).toEqual(['--engine', 'reference', '--threads', '0']);
  expect([...engineOverrides({}), ...engineArguments({})]).toEqual([]);
});
