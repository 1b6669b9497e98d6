// Frechet (Wasserstein-2) distance of two Gaussians, the number behind FID (Heusel et al. 2017, eq. 6):
//   |mu_a - mu_b|^2 + tr(S_a) + tr(S_b) - 2 tr (S_a S_b)^(1/2).
// With S = F^T F the last trace is the nuclear norm of F_a F_b^T (its singular values are the square roots of the
// eigenvalues of S_a S_b), so no square root of a general matrix is taken and singular covariances are no special case.
import { InvariantError, UserError } from '../errors.ts';
import { semidefiniteFactor } from '../linalg/cholesky.ts';
import { matmul } from '../linalg/matmul.ts';
import { trace, type Matrix } from '../linalg/matrix.ts';
import { nuclearNorm } from '../linalg/singular-values.ts';
import { momentsOf } from './moments.ts';

/** A Gaussian by its covariance [d, d], or exactly by a factor [r, d] with covariance = factor^T factor. */
export type Gaussian =
  | { readonly mean: Float64Array; readonly covariance: Matrix }
  | { readonly mean: Float64Array; readonly factor: Matrix };

/**
 * The Gaussian fitted to features [n, d], covariance over n - 1. With n <= d it is kept as the centred rows over
 * sqrt(n - 1): no d x d matrix, no rounding to lose the rank, and a distance that costs O(d n^2) instead of O(d^3).
 */
export function gaussianOf(features: ArrayLike<number>, dimension: number): Gaussian {
  const n = features.length / dimension;
  if (n > dimension || n < 2) return momentsOf(features, dimension);
  const mean = new Float64Array(dimension);
  for (let at = 0; at < features.length; at++) mean[at % dimension]! += features[at]! / n;
  const scale = 1 / Math.sqrt(n - 1);
  const data = Float64Array.from(features, (x, at) => (x - mean[at % dimension]!) * scale);
  return { mean, factor: { rows: n, cols: dimension, data } };
}

/** The parts of a Frechet distance. `distance` = meanTerm + traces - 2 * crossTrace, not below zero. */
export interface FrechetParts {
  readonly distance: number;
  readonly meanTerm: number;
  readonly traces: number;
  readonly crossTrace: number;
}

/**
 * Squared Frechet distance (FID's convention), float64. Rounding leaves about 1e-15 of the traces for factors and for
 * covariances of full rank; a direction with less than d * eps of a covariance's largest variance counts as having
 * none (`semidefiniteFactor`), which moves the distance D by at most 2 d sqrt(eps * largest * D). Throws UserError if
 * the dimensions differ or a number is not finite.
 */
export function frechetDistance(a: Gaussian, b: Gaussian): number {
  return frechetParts(a, b).distance;
}

/** `frechetDistance` with its terms. */
export function frechetParts(a: Gaussian, b: Gaussian): FrechetParts {
  const d = a.mean.length;
  if (b.mean.length !== d) {
    throw new UserError('input', `statistics of ${d} and ${b.mean.length} features cannot be compared`, {
      hint: 'take both from the same feature extractor',
    });
  }
  checkFinite(a);
  checkFinite(b);
  let meanTerm = 0;
  for (let j = 0; j < d; j++) meanTerm += (a.mean[j]! - b.mean[j]!) ** 2;
  const [factorA, factorB] = [factorOf(a), factorOf(b)];
  const traces = totalVariance(a) + totalVariance(b);
  const crossTrace = nuclearNorm(matmul(factorA, factorB, { transposeB: true }));
  return { distance: Math.max(0, meanTerm + traces - 2 * crossTrace), meanTerm, traces, crossTrace };
}

function factorOf(gaussian: Gaussian): Matrix {
  return 'factor' in gaussian ? gaussian.factor : semidefiniteFactor(gaussian.covariance);
}

function totalVariance(gaussian: Gaussian): number {
  if ('covariance' in gaussian) return trace(gaussian.covariance);
  return gaussian.factor.data.reduce((sum, x) => sum + x * x, 0);
}

function checkFinite(gaussian: Gaussian): void {
  const d = gaussian.mean.length;
  const { rows, cols, data } = 'factor' in gaussian ? gaussian.factor : gaussian.covariance;
  if (cols !== d || ('covariance' in gaussian && rows !== d)) {
    throw new InvariantError(`a mean of ${d} with a ${rows}x${cols} matrix`);
  }
  if (!data.every(Number.isFinite) || !gaussian.mean.every(Number.isFinite)) {
    throw new UserError('input', 'the statistics hold numbers that are not finite', {
      hint: 'compute them again; if they come from a file, the file is damaged',
    });
  }
}
