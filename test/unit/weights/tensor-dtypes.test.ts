import { describe, expect, it } from 'vitest';
import { floatsToHalves, toHostTensor } from '../../../src/weights/tensor-dtypes.ts';

const bytesOf = (array: { buffer: ArrayBuffer }): Uint8Array<ArrayBuffer> => new Uint8Array(array.buffer);

describe('toHostTensor', () => {
  // Values from IEEE 754: one, the largest, the smallest normal and subnormal, the infinities.
  it('converts halves exactly', () => {
    const bits = Uint16Array.of(0x3c00, 0x7bff, 0x0400, 0x0001, 0x8001, 0xfc00, 0x3555, 0x8000);
    const { data, dtype } = toHostTensor('F16', [8], bytesOf(bits))!;
    expect(dtype).toBe('float32');
    expect([...data]).toEqual([1, 65504, 2 ** -14, 2 ** -24, -(2 ** -24), -Infinity, 0.333251953125, -0]);
    expect(toHostTensor('F16', [1], bytesOf(Uint16Array.of(0x7c01)))!.data[0]).toBeNaN();
  });

  it('converts bfloat16 exactly', () => {
    const bits = Uint16Array.of(0x3f80, 0xc049, 0x0001, 0x7f80);
    const { data } = toHostTensor('BF16', [4], bytesOf(bits))!;
    // Compared as bits: a thread on which ONNX Runtime has been reads subnormal numbers as 0.
    expect(new Uint32Array(data.buffer)).toEqual(Uint32Array.from(bits, (half) => (half << 16) >>> 0));
  });

  it('rounds float64 to float32', () => {
    expect([...toHostTensor('F64', [1], bytesOf(Float64Array.of(0.1)))!.data]).toEqual([Math.fround(0.1)]);
  });

  it('narrows 64-bit integers that fit and refuses others', () => {
    const fits = BigInt64Array.of(-(2n ** 31n), 2n ** 31n - 1n);
    expect(toHostTensor('I64', [2], bytesOf(fits))).toEqual({
      shape: [2],
      dtype: 'int32',
      data: Int32Array.of(-(2 ** 31), 2 ** 31 - 1),
    });
    expect(toHostTensor('I64', [1], bytesOf(BigInt64Array.of(2n ** 31n)))).toBeUndefined();
    expect(toHostTensor('I64', [1], bytesOf(BigInt64Array.of(2n ** 32n)))).toBeUndefined();
  });

  it('widens small integers with their sign and makes booleans 0 or 1', () => {
    expect([...toHostTensor('I8', [2], Uint8Array.of(255, 127))!.data]).toEqual([-1, 127]);
    expect([...toHostTensor('U8', [2], Uint8Array.of(255, 127))!.data]).toEqual([255, 127]);
    expect([...toHostTensor('I16', [1], bytesOf(Int16Array.of(-300)))!.data]).toEqual([-300]);
    expect(toHostTensor('BOOL', [3], Uint8Array.of(0, 1, 7))).toEqual({
      shape: [3],
      dtype: 'bool',
      data: Uint8Array.of(0, 1, 1),
    });
  });
});

describe('floatsToHalves', () => {
  it('keeps every half', () => {
    const bits = Uint16Array.from({ length: 0x10000 }, (_, i) => i).filter(
      (half) => (half & 0x7fff) <= 0x7c00,
    );
    const floats = toHostTensor('F16', [bits.length], bytesOf(bits))!.data as Float32Array;
    expect(floatsToHalves(floats)).toEqual(bits);
  });

  // Between 1 and 1 + 2^-10, between 2^-24 and 2^-23, just below 2, and what rounds to 65504.
  it.each([
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [1 + 2 ** -11 + 2 ** -20, 0x3c01],
    [1.5 * 2 ** -24, 0x0002],
    [2 ** -25, 0x0000],
    [-0.75 * 2 ** -24, 0x8001],
    [2 - 2 ** -12, 0x4000],
    [65519, 0x7bff],
    [NaN, 0x7e00],
  ])('rounds %d to the nearest, ties to even', (value, half) => {
    expect(floatsToHalves(Float32Array.of(value))).toEqual(Uint16Array.of(half));
  });

  it('refuses numbers that are too large', () => {
    expect(floatsToHalves(Float32Array.of(1, -65520))).toBeUndefined();
    expect(floatsToHalves(Float32Array.of(-Infinity))).toEqual(Uint16Array.of(0xfc00));
  });
});
