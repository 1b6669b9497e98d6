// FID Inception features against PyTorch for formula weights and images (case.json spells out both formulas).
import { describe, it } from 'vitest';
import type { HostTensor, HostTensors } from '../../src/engine/engine.ts';
import { sizeOf } from '../../src/engine/engine.ts';
import { extractorFunction } from '../../src/models/inception/inception-extractor.ts';
import { foldBatchNorm } from '../../src/models/inception/inception-weights.ts';
import { expectClose, fastGoldenEngines, get, goldenJson, goldenTensors } from '../support/golden.ts';

const { names } = goldenJson('inception-fid/case.json') as { names: [string, number[]][] };

/** The hash `unit(i, k)` of case.json. */
function unit(i: number, k: number): number {
  let h = (Math.imul(i, 2654435761) + Math.imul(k, 40503) + 1) | 0;
  h = Math.imul(h ^ (h >>> 16), 2246822507);
  h = Math.imul(h ^ (h >>> 13), 3266489909);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}

function formulaWeights(): HostTensors {
  const sorted = [...names].sort(([a], [b]) => (a < b ? -1 : 1));
  const tensors: Record<string, HostTensor> = {};
  sorted.forEach(([name, shape], li) => {
    if (name.endsWith('num_batches_tracked')) return;
    const size = sizeOf(shape);
    const fanIn = size / (shape[0] ?? 1);
    const value = (i: number): number => {
      if (/\.conv\.weight$|^fc\.weight$/.test(name)) return (2 * unit(i, li) - 1) * Math.sqrt(6 / fanIn);
      if (name.endsWith('bn.weight')) return 1 + 0.1 * Math.sin(i + li);
      if (name.endsWith('running_mean')) return 0.05 * Math.sin(2 * i + li);
      if (name.endsWith('running_var')) return 1 + 0.2 * Math.sin(3 * i + li);
      return 0.02 * Math.sin(5 * i + li);
    };
    const data = new Float32Array(size);
    for (let i = 0; i < size; i++) data[i] = value(i);
    tensors[name] = { shape, dtype: 'float32', data };
  });
  return tensors;
}

/** Images [2, 3, s, s] of case.json (its flat index runs over NHWC), float32 in [0, 255]. */
function formulaImages(s: number): HostTensor {
  const data = new Float32Array(2 * 3 * s * s);
  for (let i = 0; i < data.length; i++) {
    const c = i % 3;
    const x = Math.floor(i / 3) % s;
    const y = Math.floor(i / (3 * s)) % s;
    const b = Math.floor(i / (3 * s * s));
    const wave =
      Math.sin((((3 + 2 * b + c) * x) / s) * 2 * Math.PI + 0.3) * Math.cos((((2 + 3 * b) * y) / s) * 2 * Math.PI);
    const value = Math.floor(127.5 + 60 * wave + 60 * (2 * unit(i, 99) - 1));
    data[((b * 3 + c) * s + y) * s + x] = Math.min(255, Math.max(0, value));
  }
  return { shape: [2, 3, s, s], dtype: 'float32', data };
}

describe('FID Inception features', async () => {
  const expected = await goldenTensors('inception-fid/io.safetensors');
  const constants = foldBatchNorm(formulaWeights());

  const cases = fastGoldenEngines().flatMap((engine) => [64, 256, 299].map((size) => ({ engine, size })));
  it.each(cases)('equal those of PyTorch, $engine.name engine, $size pixels', async ({ engine, size }) => {
    const images = formulaImages(size);
    const extract = extractorFunction({ name: 'pytorch-fid', inputSize: 299 });
    const program = await engine.compile(extract, { constants, inputs: { images } });
    const { features } = await program.run({ images });
    await program.dispose();
    expectClose(features, get(expected, `features.${size}`), 1e-4);
  });
});
