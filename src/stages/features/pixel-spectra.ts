// Spectra of packed images, and their comparison.
import type { ImagePack } from '../../datasets/pack.ts';
import { MagnitudeAccumulator, paperErrors, paperSpectrumImages } from '../../metrics/paper-spectrum.ts';
import { bandErrors, SpectrumAccumulator, type RadialSpectrum } from '../../metrics/spectra.ts';
import type { SpectrumResult } from '../../results/manifest.ts';
import { permutation } from '../../rng/noise.ts';
import { toPlanes } from '../rows/pixels.ts';

/** Some images of a pack. */
export interface Selected {
  readonly pack: ImagePack;
  readonly indices: ArrayLike<number>;
}

/** All of them. */
export function imagesOf(pack: ImagePack): Selected {
  return { pack, indices: Array.from({ length: pack.count }, (_, i) => i) };
}

/** Mean power by radius. */
export async function radialSpectrum(images: Selected): Promise<RadialSpectrum> {
  const accumulator = new SpectrumAccumulator(images.pack.size);
  await forEachImage(images, (planes) => {
    accumulator.add(planes);
  });
  return accumulator.finish();
}

/** How the power by radius of generated images differs from that of real ones. */
export function spectrumResult(real: readonly number[], generated: RadialSpectrum): SpectrumResult {
  const { low, high } = bandErrors(
    { frequencies: generated.frequencies, power: Float64Array.from(real) },
    generated,
  );
  return { lowError: low, highError: high, radial: [...generated.power] };
}

/**
 * The errors of Table 1, as scores by name. Sets may be sorted, so the images are drawn from them: the same real ones
 * for all models.
 */
export async function paperScores(
  real: Selected,
  generated: Selected,
): Promise<Readonly<Record<string, number>>> {
  const { low, high } = paperErrors(
    await meanMagnitudes(drawnForSpectra(real, 'real')),
    await meanMagnitudes(drawnForSpectra(generated, 'generated')),
    generated.pack.size,
  );
  return { paperLow: low, paperHigh: high };
}

/** `count` of the images, as many as there are at most: the same ones for all models. */
export function drawnForSpectra(
  { pack, indices }: Selected,
  set: 'real' | 'generated',
  count = paperSpectrumImages,
): Selected {
  const order = permutation(0, `paper-spectrum/${set}`, 0, indices.length);
  return { pack, indices: Array.from(order.subarray(0, count), (i) => indices[i]!) };
}

async function meanMagnitudes(images: Selected): Promise<Float64Array> {
  const accumulator = new MagnitudeAccumulator(images.pack.size);
  await forEachImage(images, (planes) => {
    accumulator.add(planes);
  });
  return accumulator.finish();
}

async function forEachImage({ pack, indices }: Selected, use: (planes: Float32Array) => void): Promise<void> {
  for (let i = 0; i < indices.length; i++) use(toPlanes(await pack.readBatch([indices[i]!]), pack.size));
}
