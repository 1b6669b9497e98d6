// Means of Fourier transforms over images, in float64. Against real images, those are drawn as for the errors of Table 1;
// samples of two models are compared pair by pair.
import path from 'node:path';
import { openPack, type ImagePack } from '../../../datasets/pack.ts';
import { InterruptedError } from '../../../errors.ts';
import { paperErrors } from '../../../metrics/paper-spectrum.ts';
import { PlaneMeansAccumulator, ringMeans, type PlaneMeans } from '../../../metrics/plane-means.ts';
import { bandErrors, type RadialSpectrum } from '../../../metrics/spectra.ts';
import { writeSafetensors } from '../../../weights/safetensors/safetensors.ts';
import { drawnForSpectra, imagesOf, type Selected } from '../../features/pixel-spectra.ts';
import { openReferenceImages } from '../../features/reference-images.ts';
import { toPlanes } from '../../rows/pixels.ts';
import { stageOf, type StageContext } from '../../stage.ts';
import { fourier as description, type FourierSummary } from './describe.ts';

type Context = StageContext<typeof description>;

const planesFile = 'planes.safetensors';

export const fourierStage = stageOf(description, {
  async run(context) {
    const { params, inputs } = context;
    const samples = await openPack(inputs.sample.dir);
    try {
      const against =
        params.real === undefined
          ? await openPack(inputs.against.dir)
          : await openReferenceImages(inputs.against.dir, params.real);
      try {
        return { summary: await measure(context, samples, against) };
      } finally {
        await against.close();
      }
    } finally {
      await samples.close();
    }
  },
});

async function measure(context: Context, samples: ImagePack, against: ImagePack): Promise<FourierSummary> {
  const { params, outputDir } = context;
  const { size } = samples;
  const paired = params.real === undefined;
  const [ours, others] = paired
    ? [firstOf(samples, params.count), firstOf(against, params.count)]
    : [
        drawnForSpectra(imagesOf(samples), 'generated', params.count),
        drawnForSpectra(imagesOf(against), 'real', params.count),
      ];
  const own = await meansOf(context, ours);
  const other = await meansOf(context, others);
  const difference = paired ? (await meansOf(context, ours, others)).magnitude : undefined;
  const plane = (data: Float64Array) => ({
    shape: [size, size],
    dtype: 'float32' as const,
    data: Float32Array.from(data),
  });
  await writeSafetensors(path.join(outputDir, planesFile), {
    magnitude: plane(own.magnitude),
    power: plane(own.power),
    againstMagnitude: plane(other.magnitude),
    againstPower: plane(other.power),
    ...(difference && { difference: plane(difference) }),
  });
  return {
    count: ours.indices.length,
    againstCount: others.indices.length,
    size,
    planes: planesFile,
    ...(!paired && {
      errors: {
        paper: paperErrors(other.magnitude, own.magnitude, size),
        radial: bandErrors(spectrumOf(other, size), spectrumOf(own, size)),
      },
    }),
  };
}

function firstOf(pack: ImagePack, count: number): Selected {
  const { indices } = imagesOf(pack);
  return { pack, indices: Array.from(indices).slice(0, count) };
}

/** Means over the images, or over their differences from `minus`, image by image. */
async function meansOf(
  { signal, emit }: Context,
  { pack, indices }: Selected,
  minus?: Selected,
): Promise<PlaneMeans> {
  const accumulator = new PlaneMeansAccumulator(pack.size);
  const planesOf = async (from: Selected, i: number): Promise<Float32Array> =>
    toPlanes(await from.pack.readBatch([from.indices[i]!]), from.pack.size);
  for (let i = 0; i < indices.length; i++) {
    if (signal.aborted) throw new InterruptedError();
    const planes = await planesOf({ pack, indices }, i);
    const subtracted = minus && (await planesOf(minus, i));
    accumulator.add(subtracted ? planes.map((value, at) => value - subtracted[at]!) : planes);
    emit({ type: 'progress', done: i + 1, total: indices.length, unit: 'images' });
  }
  return accumulator.finish();
}

function spectrumOf({ power }: PlaneMeans, size: number): RadialSpectrum {
  const radial = ringMeans(power, size);
  return { power: radial, frequencies: radial.map((_, ring) => ring / size) };
}
