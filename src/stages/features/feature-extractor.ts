// Opens the network whose features are compared: its weights, its digest for the metric card, and a function from
// pixels to features that does not depend on how images fall into batches.
import { decodeLayersWeights, readNsfwjsModel } from '../../weights/keras/nsfwjs-weights.ts';
import { checksumFile } from '../../files/checksum.ts';
import { openWeights } from '../../weights/weights-source.ts';
import type { HostTensor, HostTensors } from '../../engine/engine.ts';
import { inceptionDimension } from '../../models/inception/inception.ts';
import { extractorFunction } from '../../models/inception/inception-extractor.ts';
import { foldBatchNorm } from '../../models/inception/inception-weights.ts';
import { stateDictFromKeras } from '../../models/inception/nsfwjs-inception.ts';
import type { ExtractorParams } from '../params.ts';
import { runBatches } from '../rows/batches.ts';
import { toPlanes, type PixelSource } from '../rows/pixels.ts';
import { wholeBatches, type RowSource, type RowWork } from '../rows/rows.ts';
import type { CommonContext } from '../stage.ts';

/** An extractor with its weights. */
export interface Extractor {
  readonly params: ExtractorParams;
  /** Batch norms folded. */
  readonly weights: HostTensors;
  /** sha256 of the weights as they lie on disk, hex. */
  readonly digest: string;
  /** Length of a feature vector. */
  readonly dimension: number;
}

type Loaded = Pick<Extractor, 'weights' | 'digest'>;

/** Weights by kind of extractor. */
const loaders: {
  readonly [K in ExtractorParams['kind']]: (params: Extract<ExtractorParams, { kind: K }>) => Promise<Loaded>;
} = {
  nsfwjs: () => {
    const model = readNsfwjsModel();
    const weights = foldBatchNorm(stateDictFromKeras(decodeLayersWeights(model)));
    return Promise.resolve({ weights, digest: model.digest });
  },
  'pytorch-fid': ({ weights }) => readInception(weights),
  'clean-fid': ({ weights }) => readInception(weights),
};

async function readInception(file: string): Promise<Loaded> {
  const source = await openWeights(file);
  try {
    const stateDict: Record<string, HostTensor> = {};
    for (const name of source.entries.keys())
      if (/\.(conv|bn)\.(weight|bias|running_mean|running_var)$/.test(name))
        stateDict[name] = await source.read(name);
    return { weights: foldBatchNorm(stateDict), digest: (await checksumFile(file)).sha256 };
  } finally {
    await source.close();
  }
}

/** Reads the weights. Throws UserError('input') where they are missing or not Inception-v3's. */
export async function openExtractor(params: ExtractorParams): Promise<Extractor> {
  const load = loaders[params.kind] as (params: ExtractorParams) => Promise<Loaded>;
  return { params, ...(await load(params)), dimension: inceptionDimension };
}

export interface ExtractOptions {
  /** First image, and the one after the last. */
  readonly from?: number;
  readonly count: number;
  readonly batchSize: number;
  /** Takes rows [n, dimension], those of the images from `start` on. */
  readonly write: (rows: Float32Array, start: number) => void | Promise<void>;
}

type Context = Pick<CommonContext, 'engine' | 'emit' | 'signal'>;

/** Features of images `from` to `count` of `source`, in order. The same bits at every batch size (float32). */
export async function extractFeatures(
  context: Context,
  extractor: Extractor,
  source: PixelSource,
  { from = 0, count, batchSize, write }: ExtractOptions,
): Promise<void> {
  if (from >= count) return;
  const rows = await openFeatures(context, extractor, source, batchSize);
  try {
    await rows.compute({ from, to: count }, write, context.emit);
  } finally {
    await rows.dispose();
  }
}

/** The features of a source's images, to be computed in pieces that several processes may share. */
export function featureWork(
  context: Context,
  extractor: Extractor,
  source: PixelSource,
  { count, batchSize }: { readonly count: number; readonly batchSize: number },
): RowWork {
  return {
    name: 'features',
    extension: '.f32',
    count,
    batchSize,
    pieceSize: wholeBatches(1024, batchSize),
    rowBytes: extractor.dimension * Float32Array.BYTES_PER_ELEMENT,
    open: () => openFeatures(context, extractor, source, batchSize),
  };
}

async function openFeatures(
  { engine, signal }: Pick<Context, 'engine' | 'signal'>,
  { params, weights }: Extractor,
  source: PixelSource,
  batchSize: number,
): Promise<RowSource<Float32Array>> {
  const { width, height } = source;
  const spec = { shape: [batchSize, 3, height, width], dtype: 'float32' as const };
  const program = await (
    await engine()
  ).compile(extractorFunction({ name: params.kind, inputSize: params.inputSize }), {
    constants: weights,
    inputs: { images: spec },
  });
  return {
    compute: ({ from, to }, write, emit) =>
      runBatches(
        { emit, signal },
        {
          program,
          input: { name: 'images', spec },
          output: 'features',
          from,
          count: to,
          unit: 'images',
          read: async (indices) => toPlanes(await source.readBatch(indices), width, height),
          write,
        },
      ),
    dispose: () => program.dispose(),
  };
}
