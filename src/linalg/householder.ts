// Householder reflectors, the building block of the bidiagonalisation (Golub & Van Loan 5.1).

/**
 * Turns x[start..] into v such that (I - scale v v^T) x = head e_start with v[start] = 1; entries before `start` are
 * left alone. A tail of zeros gives scale 0, the identity.
 */
export function householder(x: Float64Array, start: number): { scale: number; head: number } {
  let largest = 0;
  for (let i = start + 1; i < x.length; i++) largest = Math.max(largest, Math.abs(x[i]!));
  const first = x[start]!;
  if (largest === 0) {
    x[start] = 1;
    return { scale: 0, head: first };
  }
  largest = Math.max(largest, Math.abs(first));
  let sum = 0;
  for (let i = start; i < x.length; i++) sum += (x[i]! / largest) ** 2;
  const norm = largest * Math.sqrt(sum);
  const head = first > 0 ? -norm : norm;
  const pivot = first - head;
  for (let i = start + 1; i < x.length; i++) x[i]! /= pivot;
  x[start] = 1;
  return { scale: -pivot / head, head };
}
