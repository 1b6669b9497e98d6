import { expect, it } from 'vitest';
import { spherical } from '../../../src/diffusion/spherical.ts';
import { normal } from '../../../src/rng/noise.ts';

const [a, other] = [normal(1, 'test', 0, 0, 4096), normal(2, 'test', 0, 0, 4096)];
const length = (x: Float32Array): number => Math.hypot(...x);
const angle = (x: Float32Array, y: Float32Array): number =>
  Math.acos(x.reduce((sum, value, i) => sum + value * y[i]!, 0) / (length(x) * length(y)));

const b = other.map((value) => (value * length(a)) / length(other));

it('goes from one end to the other in equal angles, and keeps the length of noise', () => {
  expect([...spherical(a, b, 0)]).toEqual([...a]);
  expect([...spherical(a, b, 1)]).toEqual([...b]);
  const points = [0, 0.25, 0.5, 0.75, 1].map((share) => spherical(a, b, share));
  for (const [i, point] of points.slice(1).entries())
    expect(angle(points[i]!, point)).toBeCloseTo(angle(a, b) / 4, 5);
  for (const point of points) expect(length(point) / length(a)).toBeCloseTo(1, 5);
});

it('is a straight line where both ends point the same way', () => {
  const same = Float32Array.of(1, -2, 3);
  expect([...spherical(same, same, 0.3)]).toEqual([...same]);
});
