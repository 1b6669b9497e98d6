// Features of real images: independent of batches, of rectangles too, resumable from any image.
import { beforeAll, describe, expect, it } from 'vitest';
import { onnxEngine } from '../../../../src/engine/onnx/engine.ts';
import { InterruptedError } from '../../../../src/errors.ts';
import { uniform } from '../../../../src/rng/noise.ts';
import {
  extractFeatures,
  openExtractor,
  type ExtractOptions,
  type Extractor,
} from '../../../../src/stages/features/feature-extractor.ts';
import type { PixelSource } from '../../../../src/stages/rows/pixels.ts';
import type { StageEvent } from '../../../../src/stages/stage.ts';

const count = 8;
const [width, height] = [20, 12];

/** Images of random pixels, each known by its index. */
const source: PixelSource = {
  count,
  width,
  height,
  readBatch: (indices) =>
    Promise.resolve(
      Buffer.concat(
        indices.map((index) =>
          Uint8Array.from(uniform(1, 'test/pixels', 0, index, width * height * 3), (x) =>
            Math.floor(256 * x),
          ),
        ),
      ),
    ),
};

const engine = onnxEngine({ threads: 2 });

async function run(
  extractor: Extractor,
  options: Pick<ExtractOptions, 'batchSize' | 'from'> & { readonly signal?: AbortSignal },
): Promise<{ features: Float32Array; events: StageEvent[] }> {
  const features = new Float32Array(count * extractor.dimension);
  const events: StageEvent[] = [];
  const { signal = new AbortController().signal, ...rest } = options;
  await extractFeatures(
    { engine: () => Promise.resolve(engine), signal, emit: (event) => void events.push(event) },
    extractor,
    source,
    {
      ...rest,
      count,
      write: (rows, start) => {
        features.set(rows, start * extractor.dimension);
      },
    },
  );
  return { features, events };
}

describe('extractFeatures', () => {
  let extractor: Extractor;
  let single: Float32Array;

  beforeAll(async () => {
    extractor = await openExtractor({ kind: 'nsfwjs', inputSize: 75 });
    single = (await run(extractor, { batchSize: 1 })).features;
  });

  it.each([3, 8])('gives the same bits in batches of %d as one by one', async (batchSize) => {
    const { features, events } = await run(extractor, { batchSize });
    expect(Buffer.from(features.buffer).equals(Buffer.from(single.buffer))).toBe(true);
    expect(events.at(-1)).toMatchObject({ type: 'progress', done: count, total: count });
  });

  it('tells images apart', () => {
    const rows = Array.from({ length: count }, (_, i) =>
      single.subarray(i * extractor.dimension, (i + 1) * extractor.dimension).join(),
    );
    expect(new Set(rows).size).toBe(count);
  });

  it('goes on from any image', async () => {
    const { features } = await run(extractor, { batchSize: 3, from: 4 });
    const from = 4 * extractor.dimension;
    expect(features.subarray(from)).toEqual(single.subarray(from));
    expect(features.subarray(0, from).every((x) => x === 0)).toBe(true);
  });

  it('stops at the next batch when interrupted', async () => {
    await expect(run(extractor, { batchSize: 3, signal: AbortSignal.abort() })).rejects.toThrow(
      InterruptedError,
    );
  });
});
