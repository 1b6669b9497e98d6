// `sdx plan` where data and files are missing, and its estimates.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { planCommand } from '../../../../src/cli/commands/plan.ts';
import type { PlanOptions } from '../../../../src/cli/options.ts';

// Trainings of the paper's size are traced: on a busy machine that takes longer than unit tests may.
vi.setConfig({ testTimeout: 60_000 });

const experiments = path.resolve(import.meta.dirname, '../../../../experiments');
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'sdx-plan-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function plan(
  experiment: string,
  overrides: readonly string[] = [],
  options: Partial<PlanOptions> = {},
): Promise<string> {
  let text = '';
  const exitCode = await planCommand(
    path.join(experiments, experiment),
    overrides,
    {
      store: path.join(dir, 'store'),
      results: path.join(dir, 'results'),
      json: false,
      probe: false,
      ...options,
    },
    {
      stdout: { write: (part) => (text += part) },
      stderr: { write: () => true },
      isTty: false,
      color: false,
      signal: new AbortController().signal,
    },
  );
  expect(exitCode).toBe(0);
  return text;
}

const absent = 'dataset.path=nowhere';

test('names what is missing, and still shows the whole plan', async () => {
  const text = await plan('ffhq.yaml', [absent], { tflops: 20 });
  expect(text).toMatch(/^missing, before ffhq can run .*\n {2}dataset\.path: cannot read .*nowhere/);
  expect(text).toContain('teacher.checkpoint.path: ');
  expect(text).toMatch(/\ndistill:sd +- +21\.1M +will run: stands on what is missing\n/);
  // 150,000 x 512 samples, each 2 x (3 x (6.74G + 1.48G + alignment) + 96.06G + 5.18G)
  expect(text).toMatch(/\ndistill:sd +6\.7G +1\.5G +150,000 steps of 512 +19,493 +176 MB +1\.5 GB +271\n/);
  expect(text).toMatch(/\nsample:teacher +96\.1G +5\.2G +50,000 images x 200 steps +2,058 +9\.8 GB /);
  expect(text).toContain('dataset: 70,000 images, as published; they are not here.');
  expect(await readdir(dir)).toEqual([]);
});

test('with an example device where none is given, and lower bounds where images are not counted', async () => {
  const text = await plan('laion-coco.yaml', [absent]);
  expect(text).toMatch(/\nlatents +\S+ +\S+ +\? images +\? +\? +335 MB\n/);
  expect(text).toMatch(/\ntotal +>=[\d,]+ +>=\S+ TB +>=\S+ GB\n|\ntotal +>=[\d,]+ +>=\S+ GB +>=\S+ GB\n/);
  expect(text).toMatch(
    /V100 \(15\.7 TFLOPS in float32, of which 40% are assumed to be sustained\): at least/,
  );
  expect(text).toMatch(/sample:sd .*30,000 images x 200 steps x 2 /);
});

test('keys that stand on nothing missing are told', async () => {
  const extractor = 'evaluate.extractor={kind: pytorch-fid, weights: nowhere.pth}';
  const { missing, nodes } = JSON.parse(await plan('smileys.yaml', [extractor], { json: true })) as {
    missing: { key: string }[];
    nodes: { id: string; key: string | null }[];
  };
  expect(missing.map(({ key }) => key)).toEqual(['evaluate.extractor.weights']);
  const unknown = nodes.filter(({ key }) => key === null).map(({ id }) => id);
  expect(unknown).toEqual(['reference', 'evaluate:teacher', 'evaluate:lite', 'evaluate:sd']);
});

test('--json: estimates of every stage, totals and hours', async () => {
  const { nodes, images, total, stillToRun, device } = JSON.parse(
    await plan('smileys.yaml', [], { json: true, tflops: 0.1 }),
  ) as {
    nodes: { id: string; estimate: { flop: number; network?: { params: number } } }[];
    images: unknown;
    total: { flop: number; deviceHours: number; isLowerBound: boolean };
    stillToRun: unknown;
    device: unknown;
  };
  expect(images).toEqual({ dataset: { count: expect.any(Number) as number, source: 'here' } });
  expect(total.flop).toBe(nodes.reduce((sum, { estimate }) => sum + estimate.flop, 0));
  expect(total).toEqual(stillToRun);
  expect(total.isLowerBound).toBe(false);
  expect(total.deviceHours).toBeCloseTo(total.flop / 0.1e12 / 3600, 9);
  expect(device).toEqual({ name: 'yours', sustainedTflops: 0.1 });
});

test('images that are there are counted', async () => {
  for (const name of ['a.png', 'b.png', 'c.jpg']) await writeFile(path.join(dir, name), name);
  const text = await plan('ffhq.yaml', [
    `dataset={kind: folder, path: '${dir}', size: 256, published: null, list: null}`,
  ]);
  expect(text).toContain('dataset: 3 images, as found.');
});

test('images to judge by are part of the plan: another set, another key', async () => {
  const keyOf = async (categories: string): Promise<string | undefined> => {
    const judged = `evaluate.dataset={kind: emoji, size: 32, categories: [${categories}]}`;
    const { nodes } = JSON.parse(await plan('smileys.yaml', [judged], { json: true })) as {
      nodes: { id: string; key: string }[];
    };
    return nodes.find(({ id }) => id === 'dataset:evaluation')?.key;
  };
  expect(await keyOf('Flags')).not.toBe(await keyOf('Objects'));
});

test('trainings are predicted, and `auto` is decided in the plan', async () => {
  const { nodes } = JSON.parse(
    await plan('ffhq.yaml', [absent, 'memory=24', 'distill.microBatch=auto'], { json: true }),
  ) as { nodes: { id: string; training?: object; params: { distill?: { microBatch: unknown } } }[] };
  const student = nodes.find(({ id }) => id === 'distill:sd')!;
  expect(student.params.distill!.microBatch).toBe(32);
  expect(student.training).toMatchObject({ samplesAtOnce: 32, chosen: true, fits: true });
});

test('what does not fit into the memory is told', async () => {
  const text = await plan('ffhq.yaml', [absent, 'memory=24', 'distill.microBatch=64']);
  expect(text).toMatch(/\ndistill:lite +64 of 512 +\d\d\.\d GB +\d\d\.\d GB +yes\n/);
  expect(text).toMatch(/\ndistill:sd +64 of 512 +.* no\n/);
  expect(text).toContain('memory: 25.8 GB');
});
