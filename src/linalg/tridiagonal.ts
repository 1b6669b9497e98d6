// Eigenvalues of symmetric tridiagonal matrices by implicit QL with Wilkinson shifts (EISPACK's imtql1; Golub & Van
// Loan 8.3).
import { InvariantError } from '../errors.ts';

/**
 * Sweeps for each eigenvalue, taken together as in LAPACK's dsteqr: of many that are zero up to rounding, the first ones
 * may take hundreds and the others then none.
 */
const sweepsEach = 30;

/**
 * Overwrites `diagonal` [n] with the eigenvalues, unsorted, of the matrix with that diagonal and `offDiagonal` [n]
 * (entry i couples i and i + 1; the last one is scratch). Throws InvariantError where they are not finite.
 */
export function implicitQl(diagonal: Float64Array, offDiagonal: Float64Array): void {
  const n = diagonal.length;
  const [d, e] = [diagonal, offDiagonal];
  if (n > 0) e[n - 1] = 0;
  let sweepsLeft = sweepsEach * n;
  for (let l = 0; l < n; l++) {
    for (;;) {
      let m = l;
      while (m < n - 1) {
        const scale = Math.abs(d[m]!) + Math.abs(d[m + 1]!);
        if (Math.abs(e[m]!) <= Number.EPSILON * scale || e[m] === 0) break;
        m++;
      }
      if (m === l) break;
      if (sweepsLeft-- === 0)
        throw new InvariantError('QL iteration does not converge: the matrix is not finite');
      let g = (d[l + 1]! - d[l]!) / (2 * e[l]!);
      let r = Math.hypot(g, 1);
      g = d[m]! - d[l]! + e[l]! / (g + (g >= 0 ? r : -r));
      let [s, c, p] = [1, 1, 0];
      let i = m - 1;
      for (; i >= l; i--) {
        const f = s * e[i]!;
        const b = c * e[i]!;
        r = radius(f, g);
        e[i + 1] = r;
        if (r === 0) {
          d[i + 1]! -= p;
          e[m] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1]! - p;
        r = (d[i]! - g) * s + 2 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
      }
      if (r === 0 && i >= l) continue;
      d[l]! -= p;
      e[l] = g;
      e[m] = 0;
    }
  }
}

/** sqrt(f^2 + g^2); the scaled form only where squares would leave the range of float64. */
function radius(f: number, g: number): number {
  const squared = f * f + g * g;
  return squared > 1e-280 && squared < 1e280 ? Math.sqrt(squared) : Math.hypot(f, g);
}
