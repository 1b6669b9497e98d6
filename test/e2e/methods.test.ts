// Students of every method but the paper's through the whole pipeline, killed nowhere: where their weights come from, and what
// the table tells of them.
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { readSafetensors } from '../../src/weights/safetensors/safetensors.ts';
import { sdx } from '../support/processes/sdx.ts';
import { folderPerFile } from '../support/temporary-folder.ts';

const at = folderPerFile();
const experiment = path.join(import.meta.dirname, '../support/experiments/tiny.yaml');
const store = ['--store', at('store')];
const changes = [
  'name=methods',
  ...['autoencoder={kind: none}', 'sample.setAlphaToOne=true', 'sample.steps=4', 'evaluate.metrics=[fid]'],
  'teacher.unet.normGroups=8',
  ...['students.lite=null', 'students.sd=null'],
  'students.small={method: block-removal, blocks: small}',
  'students.pruned={method: pruned, modelChannels: 16, importanceSteps: 3, lossThreshold: 0}',
  'students.few={method: consistency, sample: {sampler: lcm, steps: 2}}',
  // Trained once with the one before it, and sampled on integers.
  'students.few-int8={method: consistency, sample: {sampler: lcm, steps: 2, precision: int8}}',
  'sample.int8={images: 2, maxError: 0.05}',
];

interface Manifest {
  readonly models: readonly {
    readonly name: string;
    readonly status: string;
    readonly method?: string;
    readonly spatial: boolean;
    readonly params: number;
    readonly curve: readonly Readonly<Record<string, number>>[];
    readonly fid?: { readonly value: number };
    readonly int8?: {
      readonly layers: number;
      readonly error: number;
      readonly bytes: { readonly float32: number; readonly int8: number };
    };
  }[];
}

async function weightsOf(model: string, overrides: readonly string[]) {
  const file = at(`${model}.safetensors`);
  const flags = ['--weights', 'raw', '--output', file];
  const { exitCode, stderr } = await sdx(['export', experiment, model, ...overrides, ...store, ...flags]);
  expect(exitCode, stderr).toBe(0);
  return (await readSafetensors(file)).tensors;
}

it('are made, drawn, scored and told of', async () => {
  const run = await sdx(['run', experiment, ...changes, ...store, '--results', at('results')]);
  expect(run.exitCode, run.stderr).toBe(0);
  const { models } = JSON.parse(
    await readFile(at('results', 'methods', 'manifest.json'), 'utf8'),
  ) as Manifest;
  expect(models.map(({ name, status, method }) => [name, status, method])).toEqual([
    ['teacher', 'done', undefined],
    ['small', 'done', 'block removal'],
    ['pruned', 'done', 'pruning'],
    ['few', 'done', 'consistency distillation'],
    ['few-int8', 'done', 'consistency distillation'],
  ]);
  const [teacher, small, pruned, few, integers] = models;
  expect(run.stdout + run.stderr).toMatch(/distill:few-int8: cached/);
  expect(integers!.int8!.layers).toBeGreaterThan(0);
  expect(integers!.int8!.error).toBeLessThanOrEqual(0.05);
  expect(integers!.int8!.bytes.int8).toBeLessThan(integers!.int8!.bytes.float32);
  expect(few!.int8).toBeUndefined();
  expect(integers!.fid!.value).not.toBe(few!.fid!.value);
  expect(few!.params).toBe(teacher!.params);
  expect(small!.params).toBeLessThan(teacher!.params);
  expect(Object.keys(pruned!.curve.at(-1)!)).toEqual(['step', 'loss', 'ddpm']);
  expect(run.stdout + run.stderr).toContain('channels chosen by gradients at 3 timesteps of 3');
  expect(small!.spatial).toBe(false); // a loss of the paper's, whose columns this is not
  expect(small!.curve.at(-1)).toMatchObject({ step: 8, spatial: expect.any(Number) as number });
  expect(Object.keys(few!.curve.at(-1)!)).toEqual(['step', 'loss']);
  const table = await readFile(at('results', 'methods', 'table.md'), 'utf8');
  expect(table).toMatch(/\| small +\| block removal/);
  expect(table).toMatch(/LCM, 2 steps/);
});

it('leave for other programs on the integers that they are sampled on', async () => {
  const int8 = ['--form', 'onnx', '--precision', 'int8'];
  const exported = (model: string, ...flags: string[]) =>
    sdx(['export', experiment, model, ...changes, ...store, ...flags]);
  const whole = await exported('few-int8', ...int8, '--output', at('onnx'));
  expect(whole.exitCode, whole.stderr).toBe(0);
  const plain = await exported('few', '--form', 'onnx', '--output', at('float'));
  expect(plain.exitCode, plain.stderr).toBe(0);
  const bytes = async (folder: string) => (await stat(at(folder, 'unet.data'))).size;
  expect(await bytes('onnx')).toBeLessThan(0.8 * (await bytes('float')));
  expect(await exported('few', ...int8, '--output', at('no.onnx'))).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('few is sampled in float32') as string,
  });
  expect(await exported('few-int8', ...int8, '--weights', 'raw', '--output', at('no.onnx'))).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('the ranges of few-int8 are those of its ema weights') as string,
  });
  expect(await exported('few-int8', '--precision', 'int8', '--output', at('no.safetensors'))).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('safetensors stores weights as float32') as string,
  });
});

it('draw on integers with other settings, whose ranges are measured then', async () => {
  const { exitCode, stderr } = await sdx([
    ...['sample', experiment, 'few-int8', ...changes, ...store],
    ...['--steps', '4', '--count', '2', '--output', at('drawn.png')],
  ]);
  expect(exitCode, stderr).toBe(0);
  expect(stderr).toMatch(/quantize:few-int8: done/);
});

it("start from the teacher's weights", async () => {
  const still = [...changes, 'distill={steps: 1, batchSize: 2, learningRate: 1.0e-30, weightDecay: 0}'];
  const run = await sdx(['run', experiment, ...still, ...store, '--stage', 'distill:small,distill:few']);
  expect(run.exitCode, run.stderr).toBe(0);
  const { exitCode, stderr } = await sdx([
    ...['export', experiment, 'teacher', ...still, ...store],
    ...['--weights', 'ema', '--output', at('ema.safetensors')],
  ]);
  expect(exitCode, stderr).toBe(0);
  const { tensors: teacher } = await readSafetensors(at('ema.safetensors'));
  const [small, few] = [await weightsOf('small', still), await weightsOf('few', still)];
  expect(few).toEqual(teacher);
  // One block a level: all but the middle stands where it stood.
  expect(Object.keys(small)).toEqual(Object.keys(teacher).filter((name) => !name.includes('middle_block')));
  for (const [name, tensor] of Object.entries(small)) expect(tensor, name).toEqual(teacher[name]);
});
