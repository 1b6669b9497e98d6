import { expect, it } from 'vitest';
import { describeSpeed } from '../../../src/report/speed.ts';

const speedOf = (samplesPerSecond: Readonly<Record<string, number>>): string | undefined =>
  describeSpeed({ engine: {}, samplesPerSecond });

it('tells samples per second, and of students how many times those of the teacher', () => {
  expect(speedOf({ teacher: 8, lite: 24.24, sd: 4 })).toBe(
    'teacher 8.00 samples/s, lite 24.2 (3.0× the teacher), sd 4.00 (0.5× the teacher)',
  );
  expect(speedOf({ lite: 24.24 })).toBe('lite 24.2 samples/s');
  expect(speedOf({})).toBeUndefined();
});
