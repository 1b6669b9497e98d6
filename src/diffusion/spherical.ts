// Ways between two noises: along the sphere, since points on the straight line are shorter than noise ever is.

/** The point at `share` (0: a, 1: b) of the great circle from a to b, in float64, rounded once to float32. */
export function spherical(a: Float32Array, b: Float32Array, share: number): Float32Array {
  const dot = (x: Float32Array, y: Float32Array): number =>
    x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  const cosine = dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  const angle = Math.acos(Math.min(1, Math.max(-1, cosine)));
  if (Math.sin(angle) < 1e-6) return a.map((value, i) => (1 - share) * value + share * b[i]!);
  const [from, to] = [Math.sin((1 - share) * angle), Math.sin(share * angle)];
  return a.map((value, i) => (from * value + to * b[i]!) / Math.sin(angle));
}
