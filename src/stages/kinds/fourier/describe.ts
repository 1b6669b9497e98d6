// Fourier transforms of one model's samples beside those of real images, or of another model's samples from the same
// noise. Plans have this stage only where a probe asks for it.
import { describeStage, required } from '../../describing/description.ts';
import type { ReferencePart } from '../../params.ts';
import { dataset } from '../dataset/describe.ts';
import { sample } from '../sample/describe.ts';

export interface FourierParams {
  /** Images of each set, as many as there are at most. */
  readonly count: number;
  /** The real images; absent where the samples of another model stand against those of this one, pair by pair. */
  readonly real?: ReferencePart;
}

/** Low and high frequencies. */
interface Bands {
  readonly low: number;
  readonly high: number;
}

export interface FourierSummary {
  /** Images of the samples, and of what they stand against. */
  readonly count: number;
  readonly againstCount: number;
  /** Side of the images. */
  readonly size: number;
  /**
   * File of means over images and channels by frequency (u, v), [size, size] float32 of pixels 0 to 255, by an orthonormal
   * transform: `magnitude` E|F|, `power` E|F|^2, `againstMagnitude`, `againstPower`; of pairs also `difference`, E|F_a - F_b|.
   */
  readonly planes: string;
  /** Against real images: the errors of Table 1 (metrics/paper-spectrum.ts), and ours (metrics/spectra.ts). */
  readonly errors?: { readonly paper: Bands; readonly radial: Bands };
}

export const fourier = describeStage<FourierParams, FourierSummary>()({
  kind: 'fourier',
  version: 1,
  scope: 'shared',
  inputs: { sample: required(sample), against: required(dataset, sample) },
  identity: ({ count, real }) => ({ count, real }),
  estimate: () => ({ diskBytes: 0, scratchBytes: 0, memoryBytes: 0, flop: 0 }),
  summary: ['count', 'againstCount', 'size', 'planes'],
});
