import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { sizeOf } from '../../../src/engine/engine.ts';
import { inTeacherDeviations } from '../../../src/distill/feature-norm.ts';
import { frequencyLoss, frequencyWeight } from '../../../src/distill/terms/frequency.ts';
import { spatialLoss } from '../../../src/distill/terms/spatial.ts';
import { halfPlaneMultiplicity } from '../../../src/distill/spectrum.ts';
import { normal } from '../../../src/rng/noise.ts';

const options = { reduction: 'mean', dftNorm: 'ortho', alpha: -1, weightFloor: 0.01 } as const;

function random(name: string, shape: [number, number, number, number]): tf.Tensor4D {
  return tf.tensor4d(normal(1, name, 0, 0, sizeOf(shape)), shape);
}

const scalar = (tensor: tf.Tensor): number => tensor.dataSync()[0]!;

beforeAll(() => tf.setBackend('cpu'));

describe('spatialLoss (Eq. 9)', () => {
  const [a, b] = [random('a', [2, 3, 4, 4]), random('b', [2, 3, 4, 4])];
  const squares = Array.from(a.dataSync()).reduce(
    (sum, value, i) => sum + (value - b.dataSync()[i]!) ** 2,
    0,
  );

  it('sums over the map and averages over the batch, or averages over both', () => {
    expect(scalar(spatialLoss(a, b, 'sum'))).toBeCloseTo(squares / 2, 4);
    expect(scalar(spatialLoss(a, b, 'mean'))).toBeCloseTo(squares / 96, 5);
  });

  it('is 0 when student and teacher agree', () => {
    expect(scalar(spatialLoss(a, a, 'mean'))).toBe(0);
  });
});

describe('frequencyLoss (Eq. 10-11)', () => {
  const [teacher, student] = [random('a', [2, 3, 8, 8]), random('b', [2, 3, 8, 8])];
  const x0 = random('x0', [2, 4, 8, 8]);

  it('is the spatial loss when all weights are 1', () => {
    const weight = frequencyWeight(x0, 8, { ...options, alpha: 0 });
    expect(scalar(frequencyLoss(teacher, student, weight, options))).toBeCloseTo(
      scalar(spatialLoss(teacher, student, 'mean')),
      5,
    );
  });

  it('is 0 when student and teacher agree', () => {
    expect(scalar(frequencyLoss(teacher, teacher, frequencyWeight(x0, 8, options), options))).toBe(0);
  });

  it('weighs a frequency that x0 lacks more than one that it has', () => {
    // x0 holds the horizontal frequency 1 alone; the difference holds 1 or 3, with equal energy.
    const wave = (frequency: number) =>
      tf.tensor4d(
        Array.from({ length: 64 }, (_, i) => Math.cos((2 * Math.PI * frequency * (i % 8)) / 8)),
        [1, 1, 8, 8],
      );
    const weight = frequencyWeight(wave(1), 8, options);
    const loss = (frequency: number) =>
      scalar(frequencyLoss(wave(frequency), tf.zeros([1, 1, 8, 8]), weight, options));
    expect(loss(3)).toBeGreaterThan(100 * loss(1));
  });

  it('bounds the weights by the floor', () => {
    const flat = tf.ones([1, 1, 8, 8]); // all energy at frequency 0: magnitude 8, mean 8 / 64
    const weight = tf.div(frequencyWeight(flat, 8, options), halfPlaneMultiplicity(8)).dataSync();
    expect(weight[0]).toBeCloseTo(1 / 8, 5);
    expect(Math.max(...weight)).toBeCloseTo(1 / ((options.weightFloor * 8) / 64), 1);
  });

  it('halves x0 by averages for maps of lower resolution', () => {
    const constant = tf.fill([1, 2, 8, 8], 3);
    const weight = frequencyWeight(constant, 4, { ...options, weightFloor: 1e-6 });
    expect(weight.shape).toEqual([1, 1, 3, 4]);
    expect(weight.dataSync()[0]).toBeCloseTo(1 / (3 * 4), 5); // |DFT| of a constant 3 is 3 * sqrt(16)
  });

  it('has the gradient that finite differences give', () => {
    const weight = frequencyWeight(x0, 8, options);
    const loss = (x: tf.Tensor) => tf.reshape(frequencyLoss(teacher, x, weight, options), []);
    const gradient = tf.grad(loss)(student).dataSync();
    for (const at of [0, 77, 300]) {
      const moved = (by: number) => {
        const data = student.dataSync().slice();
        data[at]! += by;
        return scalar(loss(tf.tensor4d(data, [2, 3, 8, 8])));
      };
      expect(gradient[at]).toBeCloseTo((moved(0.05) - moved(-0.05)) / 0.1, 4);
    }
  });

  describe('with a weight of mean 1', () => {
    const normed = { ...options, weightNorm: 'mean-one' } as const;

    it('divides the printed weight by its mean over all frequencies, image by image', () => {
      const printed = Array.from(frequencyWeight(x0, 8, options).dataSync()); // [2, 1, 5, 8], multiplicity included
      const found = Array.from(frequencyWeight(x0, 8, normed).dataSync());
      for (const image of [0, 1]) {
        const [from, to] = [image * 40, (image + 1) * 40];
        const mean = printed.slice(from, to).reduce((sum, value) => sum + value, 0) / 64;
        expect(mean).toBeGreaterThan(1.05); // the printed weight is another
        for (let i = from; i < to; i++) expect(found[i]).toBeCloseTo(printed[i]! / mean, 5);
        expect(found.slice(from, to).reduce((sum, value) => sum + value, 0) / 64).toBeCloseTo(1, 5);
      }
    });

    it('gives a loss that does not depend on the scale of x0, as the printed one does', () => {
      const loss = (scale: number, how: typeof options | typeof normed) =>
        scalar(frequencyLoss(teacher, student, frequencyWeight(tf.mul(x0, scale), 8, how), how));
      expect(loss(7, normed)).toBeCloseTo(loss(1, normed), 4);
      expect(loss(7, options)).toBeCloseTo(loss(1, options) / 7, 4);
    });

    it('has the gradient that finite differences give', () => {
      const weight = frequencyWeight(x0, 8, normed);
      expectGradient((x) => frequencyLoss(teacher, x, weight, normed), student);
    });
  });
});

describe('features in deviations of the teacher', () => {
  const [teacher, student] = [random('a', [2, 3, 8, 8]), random('b', [2, 3, 8, 8])];
  const loss = (one: tf.Tensor, other: tf.Tensor): tf.Tensor => {
    const maps = inTeacherDeviations({ teacher: one, student: other });
    return spatialLoss(maps.teacher, maps.student, 'mean');
  };

  it("divides squares by the variance of each image's map", () => {
    const [a, b] = [Array.from(teacher.dataSync()), Array.from(student.dataSync())];
    const expected = [0, 1].map((image) => {
      const [mine, other] = [a, b].map((data) => data.slice(image * 192, (image + 1) * 192));
      const mean = mine!.reduce((sum, value) => sum + value, 0) / 192;
      const variance = mine!.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 192;
      return mine!.reduce((sum, value, i) => sum + (value - other![i]!) ** 2, 0) / 192 / variance;
    });
    expect(scalar(loss(teacher, student))).toBeCloseTo((expected[0]! + expected[1]!) / 2, 4);
  });

  it('is the same for layers of other magnitude, and finite for a constant teacher', () => {
    expect(scalar(loss(tf.mul(teacher, 30), tf.mul(student, 30)))).toBeCloseTo(
      scalar(loss(teacher, student)),
      4,
    );
    expect(Number.isFinite(scalar(loss(tf.zerosLike(teacher), student)))).toBe(true);
  });

  it('has the gradient that finite differences give', () => {
    expectGradient((x) => loss(teacher, x), student);
  });
});

/** Holds the gradient of `loss` at x against central differences in some elements. */
function expectGradient(loss: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor4D): void {
  const value = (at: tf.Tensor) => tf.reshape(loss(at), []);
  const gradient = tf.grad(value)(x).dataSync();
  for (const at of [0, 77, 300]) {
    const moved = (by: number) => {
      const data = x.dataSync().slice();
      data[at]! += by;
      return scalar(value(tf.tensor4d(data, x.shape)));
    };
    expect(gradient[at]).toBeCloseTo((moved(0.05) - moved(-0.05)) / 0.1, 4);
  }
}
