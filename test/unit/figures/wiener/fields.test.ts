import { describe, expect, it } from 'vitest';
import { onnxEngine } from '../../../../src/engine/onnx/engine.ts';
import {
  convolve,
  evenTransform,
  fieldPower,
  fourierConstants,
  fromFourier,
  kernelOf,
  respond,
  responseTensor,
  ringMeans,
  toFourier,
} from '../../../../src/figures/wiener/fields.ts';
import { PlaneSpectrum } from '../../../../src/metrics/plane-spectrum.ts';
import { normal } from '../../../../src/rng/noise.ts';

const size = 8;
const pixels = size ** 2;
const planes = (data: Float32Array) => ({
  shape: [data.length / pixels, pixels],
  dtype: 'float32' as const,
  data,
});

describe('fields of power 1 / f^2', () => {
  it('have variance 1, and a quarter of the power at twice the frequency', () => {
    const power = fieldPower(size);
    expect(power.reduce((sum, value) => sum + value, 0) / pixels).toBeCloseTo(1, 12);
    expect(power[1]! / power[2]!).toBeCloseTo(4, 12);
    expect(power[size]! / power[2 * size]!).toBeCloseTo(4, 12);
    expect(power[0]).toBe(power[1]);
  });

  it('are drawn with that power in every ring', async () => {
    const count = 400;
    const white = planes(normal(3, 'test/white', 0, 0, count * pixels));
    const program = await onnxEngine().compile(
      ({ inputs: { white: noise }, constants }) => ({
        outputs: { x0: fromFourier(respond(toFourier(noise!, constants), constants['colour']!), constants) },
      }),
      {
        inputs: { white },
        constants: { colour: responseTensor(fieldPower(size).map(Math.sqrt)), ...fourierConstants(size) },
      },
    );
    const { x0 } = await program.run({ white });
    await program.dispose();
    const sums = new Float64Array(pixels);
    for (const powers of new PlaneSpectrum(size).powers(x0!.data))
      for (const [at, value] of powers.entries()) sums[at]! += value / count;
    const expected = ringMeans(fieldPower(size), size);
    // 400 fields and at least one frequency a ring: a standard error of at most 7 %.
    for (const [ring, power] of ringMeans(sums, size).entries()) {
      expect(power / expected[ring]!).toBeGreaterThan(0.8);
      expect(power / expected[ring]!).toBeLessThan(1.2);
    }
  });

  it('are convolved as the definition says', async () => {
    const [x, h] = [normal(1, 'test/x', 0, 0, pixels), normal(1, 'test/h', 0, 0, pixels)];
    const program = await onnxEngine().compile(
      ({ inputs, constants }) => ({
        outputs: {
          y: fromFourier(
            convolve(toFourier(inputs['x']!, constants), toFourier(inputs['h']!, constants)),
            constants,
          ),
        },
      }),
      { inputs: { x: planes(x), h: planes(h) }, constants: fourierConstants(size) },
    );
    const { y } = await program.run({ x: planes(x), h: planes(h) });
    await program.dispose();
    const wrap = (k: number): number => (k + size) % size;
    for (const at of [0, 5, 27, 63]) {
      const [row, column] = [Math.floor(at / size), at % size];
      let sum = 0;
      for (let i = 0; i < size; i++)
        for (let j = 0; j < size; j++) sum += h[i * size + j]! * x[wrap(row - i) * size + wrap(column - j)]!;
      expect(y!.data[at]).toBeCloseTo(sum, 3);
    }
  });

  it('turns responses into kernels and back', () => {
    const response = fieldPower(size).map(Math.sqrt);
    const back = evenTransform(kernelOf(response, size), size);
    for (const [at, value] of back.entries()) expect(value).toBeCloseTo(response[at]!, 10);
  });
});
