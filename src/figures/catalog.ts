// The figures and tables that `sdx figures` makes, in the order of its page: the paper's, and ours. A new figure is one row here, and its
// file or room beside this one; FigureId names it.
import { dftDifference } from './dft-difference.ts';
import type { FigureSpec } from './figure-spec.ts';
import { planeSpectra } from './plane-spectra.ts';
import { predictedImages } from './predicted-images.ts';
import { promptGrids } from './prompt-grids.ts';
import { samplerErrors } from './sampler-errors.ts';
import { sampleGrids } from './sample-grids.ts';
import { samplingGates } from './sampling-gates.ts';
import { spectralErrors } from './spectral-errors.ts';
import { throughput } from './throughput.ts';
import { toyFigure } from './toy/figure.ts';
import { wienerFigure } from './wiener/figure.ts';

export const figureCatalog: readonly FigureSpec[] = [
  planeSpectra,
  predictedImages,
  wienerFigure,
  toyFigure,
  throughput,
  sampleGrids,
  promptGrids,
  samplingGates,
  dftDifference,
  spectralErrors,
  samplerErrors,
];
