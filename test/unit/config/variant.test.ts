import path from 'node:path';
import { expect, test } from 'vitest';
import { loadExperiment } from '../../../src/config/load.ts';
import { variantOf } from '../../../src/config/variant.ts';

const tiny = path.join(import.meta.dirname, '../../support/experiments/tiny.yaml');

async function variant(...changes: readonly string[]): Promise<string | undefined> {
  return variantOf(await loadExperiment(tiny, changes), changes);
}

test('what an experiment asks for decides, not how it is called, paced or looked at', async () => {
  expect(await variant()).toBeUndefined();
  expect(await variant('threads=3', 'log.tensorboard=true', 'tags=[a]', 'notes=b')).toBeUndefined();
  expect(await variant('seed=1', 'distill.steps=8')).toBeUndefined(); // as the file says
  expect(await variant('name=other', 'seed=2')).toBeUndefined(); // the user has named the results
});

test('changes name the folder, whatever their order', async () => {
  expect(await variant('seed=2', 'threads=3', 'distill.steps=9')).toBe('distill.steps=9,seed=2');
  expect(await variant('distill.steps=9', 'seed=5', 'seed=2')).toBe('distill.steps=9,seed=2');
});

test('what cannot be part of a name is told apart by a digest', async () => {
  expect(await variant('students.sd={modelChannels: 64, freq: true}')).toMatch(
    /^students\.sd=-modelChannels-64,-freq-true-[0-9a-f]{8}$/,
  );
  const many = ['distill.learningRate=0.00123', 'sample.steps=4', 'seed=2', 'distill.checkpointEvery=3'];
  const long = await variant(...many, 'teacher.train.steps=9', 'teacher.train.batchSize=2');
  expect(long!.length).toBeLessThanOrEqual(80);
  expect(long).not.toBe(await variant(...many, 'teacher.train.steps=9', 'teacher.train.batchSize=3'));
});
