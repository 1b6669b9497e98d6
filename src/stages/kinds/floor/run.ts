// The floors of a table. The reference is divided by a seeded draw: as many images as models draw, half of it at most,
// are scored against all others, once as they are and once encoded and decoded. Neither shares an image with what it is
// scored against, so no floor is flattered.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openPack, packFiles, type ImagePack, type PackIndex } from '../../../datasets/pack.ts';
import { UserError } from '../../../errors.ts';
import type { FeatureRows } from '../../../metrics/feature-rows.ts';
import { gaussianOf } from '../../../metrics/frechet.ts';
import { paperNeighbour } from '../../../metrics/precision-recall.ts';
import { decodeLatents, encodeImages } from '../../../models/autoencoder/first-stage.ts';
import type { AutoencoderConfig } from '../../../models/autoencoder/autoencoder-config.ts';
import type { FloorResult } from '../../../results/manifest.ts';
import type { MetricCard } from '../../../results/metric-card.ts';
import { permutation } from '../../../rng/noise.ts';
import { commonFacts } from '../../features/common-facts.ts';
import { featureWork, openExtractor, type Extractor } from '../../features/feature-extractor.ts';
import { featuresFile, readFeatures } from '../../features/features-file.ts';
import {
  imagesOf,
  paperScores,
  radialSpectrum,
  spectrumResult,
  type Selected,
} from '../../features/pixel-spectra.ts';
import { openReferenceImages } from '../../features/reference-images.ts';
import { isOfFeatures, scoreFeatures } from '../../features/scores.ts';
import { readModel } from '../../networks/model-files.ts';
import { runBatches } from '../../rows/batches.ts';
import { packSource, toModelRange, toPixels } from '../../rows/pixels.ts';
import { computeRows, joinPieces, wholeBatches, type RowWork } from '../../rows/rows.ts';
import { given, stageOf, type StageContext } from '../../stage.ts';
import { floor } from './describe.ts';

type Context = StageContext<typeof floor>;

export const floorStage = stageOf(floor, {
  async run(context) {
    const { dataset, reference } = context.inputs;
    const { network, real: part } = context.params;
    const extractor = await openExtractor(context.params.extractor);
    const pack = await openReferenceImages(dataset.dir, part);
    try {
      const features = await readFeatures(path.join(reference.dir, featuresFile), extractor.dimension);
      const parts = divide(features.rows, context.params.count, context.seed);
      const others: Side = {
        rows: pickRows(features, parts.others),
        images: { pack, indices: parts.others },
      };
      const real: Side = { rows: pickRows(features, parts.drawn), images: { pack, indices: parts.drawn } };
      const floors = [await score(context, extractor, 'real images', real, others)];
      if (network !== undefined) {
        const rebuilt = await reconstruct(context, network, real.images);
        try {
          const rows = await featuresOf(context, extractor, rebuilt);
          const side = { rows, images: imagesOf(rebuilt) };
          floors.push(await score(context, extractor, 'autoencoder', side, others));
        } finally {
          await rebuilt.close();
        }
      }
      return { summary: { floors } };
    } finally {
      await pack.close();
    }
  },
});

/** Images with their features. */
interface Side {
  readonly rows: FeatureRows;
  readonly images: Selected;
}

/** Indices of `count` of so many images, half of them at most, and of all others. */
export function divide(
  images: number,
  count: number,
  seed: number,
): { readonly drawn: Uint32Array; readonly others: Uint32Array } {
  const most = Math.floor(images / 2);
  if (most < 2)
    throw new UserError('input', `${images} real images are too few for a floor`, {
      hint: 'take more reference images, or set evaluate.floors to false',
    });
  const order = permutation(seed, 'floor', 0, images);
  const taken = Math.min(count, most);
  return { drawn: order.slice(0, taken), others: order.slice(taken) };
}

function pickRows({ cols, data }: FeatureRows, indices: Uint32Array): FeatureRows {
  const picked = new Float32Array(indices.length * cols);
  for (const [i, row] of indices.entries()) picked.set(data.subarray(row * cols, (row + 1) * cols), i * cols);
  return { rows: indices.length, cols, data: picked };
}

async function score(
  context: Context,
  extractor: Extractor,
  name: FloorResult['name'],
  side: Side,
  others: Side,
): Promise<FloorResult> {
  const { metrics } = context.params;
  const few = Math.min(side.rows.rows, others.rows.rows) <= paperNeighbour;
  const ofFeatures = metrics.filter(isOfFeatures).filter((metric) => metric !== 'precision-recall' || !few);
  const setOf = (what: string, { rows }: Side) => ({
    name: what,
    rows,
    gaussian: gaussianOf(rows.data, rows.cols),
  });
  const { fid, metrics: scores } = scoreFeatures(ofFeatures, {
    reference: setOf('the other real images', others),
    generated: setOf(name, side),
    seed: context.seed,
  });
  const card = cardOf(context, extractor, name, side.rows.rows, others.rows.rows);
  const all = {
    ...scores,
    ...(metrics.includes('paper-spectrum') ? await paperScores(others.images, side.images) : {}),
  };
  return {
    name,
    ...(fid === undefined ? {} : { fid: { value: fid, card } }),
    metrics: Object.fromEntries(Object.entries(all).map(([metric, value]) => [metric, { value, card }])),
    ...(metrics.includes('spectrum')
      ? {
          spectrum: spectrumResult(
            [...(await radialSpectrum(others.images)).power],
            await radialSpectrum(side.images),
          ),
        }
      : {}),
  };
}

const sources: Readonly<Record<FloorResult['name'], string>> = {
  'real images': 'none: real images',
  autoencoder: 'none: real images, encoded and decoded',
};

function cardOf(
  { params, inputs: { reference } }: Context,
  { digest }: Extractor,
  name: FloorResult['name'],
  n: number,
  others: number,
): MetricCard {
  return {
    ...commonFacts(params.extractor, digest, { ...reference.summary, count: others }),
    sampler: sources[name],
    eta: 0,
    steps: 0,
    guidanceScale: null,
    n,
    comparableWithPublished: false,
    note: 'a floor: the reference without these images',
  };
}

const batchSize = 16;

/** The images encoded and decoded, as a pack in the work folder; an interrupted reconstruction goes on. */
async function reconstruct(
  context: Context,
  network: AutoencoderConfig,
  images: Selected,
): Promise<ImagePack> {
  const { pieces } = await computeRows(context, reconstruction(context, network, images));
  await joinPieces(pieces, path.join(context.workDir, packFiles.images));
  const index: PackIndex = {
    version: 1,
    count: images.indices.length,
    size: images.pack.size,
    digest: '',
    names: [],
    corrupt: [],
  };
  await writeFile(path.join(context.workDir, packFiles.labels), JSON.stringify(index));
  return openPack(context.workDir);
}

function reconstruction(context: Context, network: AutoencoderConfig, { pack, indices }: Selected): RowWork {
  const { size } = pack;
  const spec = { shape: [batchSize, 3, size, size], dtype: 'float32' as const };
  return {
    name: 'reconstructed',
    extension: '.u8',
    count: indices.length,
    batchSize,
    pieceSize: wholeBatches(512, batchSize),
    rowBytes: size * size * 3,
    async open() {
      const engine = await context.engine();
      const program = await engine.compile(
        ({ constants, inputs }) => {
          const { mean } = encodeImages(constants, network, inputs['images']!);
          return { outputs: { images: decodeLatents(constants, network, mean) } };
        },
        {
          constants: await readModel(given(context.inputs.autoencoder, 'autoencoder'), 'ema'),
          inputs: { images: spec },
        },
      );
      return {
        compute: ({ from, to }, write, emit) =>
          runBatches(
            { emit, signal: context.signal },
            {
              program,
              input: { name: 'images', spec },
              output: 'images',
              from,
              count: to,
              unit: 'images',
              read: async (batch) => toModelRange(await pack.readBatch(batch.map((i) => indices[i]!)), size),
              write: (decoded, start) => write(toPixels(decoded, size), start),
            },
          ),
        dispose: () => program.dispose(),
      };
    },
  };
}

async function featuresOf(context: Context, extractor: Extractor, pack: ImagePack): Promise<FeatureRows> {
  const work = featureWork(context, extractor, packSource(pack), {
    count: pack.count,
    batchSize: context.params.batchSize,
  });
  const { pieces } = await computeRows(context, work);
  const file = path.join(context.workDir, featuresFile);
  await joinPieces(pieces, file);
  return readFeatures(file, extractor.dimension);
}
