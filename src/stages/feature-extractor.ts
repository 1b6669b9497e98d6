// Opens the network whose features are compared: its weights, its digest for the metric card, and a function from
// pixels to features that does not depend on how images fall into batches.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { decodeLayersWeights, readNsfwjsModel } from '../artifacts/nsfwjs-weights.ts';
import { openWeights } from '../artifacts/weights-source.ts';
import type { ImagePack } from '../datasets/pack.ts';
import type { HostTensor, HostTensors } from '../engine/engine.ts';
import { inceptionDimension } from '../models/inception.ts';
import { extractorFunction } from '../models/inception-extractor.ts';
import { foldBatchNorm } from '../models/inception-weights.ts';
import { stateDictFromKeras } from '../models/nsfwjs-inception.ts';
import type { ExtractorParams } from '../plan/stage-params.ts';
import { runBatches } from './batches.ts';
import { toPlanes } from './pixels.ts';
import type { StageContext } from './stage.ts';

interface ExtractorWeights {
  readonly weights: HostTensors;
  /** sha256, hex. */
  readonly digest: string;
}

/** Weights by kind of extractor. */
const loaders: {
  readonly [K in ExtractorParams['kind']]: (
    params: Extract<ExtractorParams, { kind: K }>,
  ) => Promise<ExtractorWeights>;
} = {
  nsfwjs: () => {
    const model = readNsfwjsModel();
    const weights = foldBatchNorm(stateDictFromKeras(decodeLayersWeights(model)));
    return Promise.resolve({ weights, digest: model.digest });
  },
  'pytorch-fid': ({ weights }) => readInception(weights),
  'clean-fid': ({ weights }) => readInception(weights),
};

async function readInception(file: string): Promise<ExtractorWeights> {
  const source = await openWeights(file);
  try {
    const stateDict: Record<string, HostTensor> = {};
    for (const name of source.entries.keys())
      if (/\.(conv|bn)\.(weight|bias|running_mean|running_var)$/.test(name))
        stateDict[name] = await source.read(name);
    return { weights: foldBatchNorm(stateDict), digest: await fileDigest(file) };
  } finally {
    await source.close();
  }
}

async function fileDigest(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Features [count, dimension] of the first `count` images of `pack`. */
export async function extractFeatures(
  context: Pick<StageContext<unknown>, 'engine' | 'emit' | 'signal'>,
  params: ExtractorParams,
  pack: ImagePack,
  options: { readonly count: number; readonly batchSize: number },
): Promise<{ features: Float32Array; dimension: number; digest: string }> {
  const load = loaders[params.kind] as (params: ExtractorParams) => Promise<ExtractorWeights>;
  const { weights, digest } = await load(params);
  const spec = { shape: [options.batchSize, 3, pack.size, pack.size], dtype: 'float32' as const };
  const engine = await context.engine();
  const program = await engine.compile(
    extractorFunction({ name: params.kind, inputSize: params.inputSize }),
    { constants: weights, inputs: { images: spec } },
  );
  const features = new Float32Array(options.count * inceptionDimension);
  try {
    await runBatches(context, {
      program,
      input: { name: 'images', spec },
      output: 'features',
      count: options.count,
      unit: 'images',
      read: async (indices) => toPlanes(await pack.readBatch(indices), pack.size),
      write: (rows, start) => {
        features.set(rows, start * inceptionDimension);
      },
    });
  } finally {
    await program.dispose();
  }
  return { features, dimension: inceptionDimension, digest };
}
