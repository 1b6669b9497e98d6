// Byte for byte, from the wire format's documentation (https://protobuf.dev/programming-guides/encoding/).
import { expect, test } from 'vitest';
import { ProtobufWriter } from '../../../../src/engine/onnx/protobuf.ts';

const bytes = (writer: ProtobufWriter): number[] => [...writer.finish()];

test.each<[value: number | bigint, encoded: number[]]>([
  [0, [0x00]],
  [1, [0x01]],
  [127, [0x7f]],
  [128, [0x80, 0x01]],
  [150, [0x96, 0x01]],
  [2 ** 32, [0x80, 0x80, 0x80, 0x80, 0x10]],
  [-1, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]],
  [-2, [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]],
  [2n ** 63n - 1n, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]],
])('varint %s', (value, encoded) => {
  expect(bytes(new ProtobufWriter().varint(1, value))).toEqual([0x08, ...encoded]);
});

test('field numbers above 15 take two bytes', () => {
  expect(bytes(new ProtobufWriter().varint(20, 2))).toEqual([0xa0, 0x01, 0x02]);
});

test('float, little-endian', () => {
  expect(bytes(new ProtobufWriter().float(2, -1.5))).toEqual([0x15, 0x00, 0x00, 0xc0, 0xbf]);
});

test('double, little-endian', () => {
  expect(bytes(new ProtobufWriter().double(1, -1.5))).toEqual([0x09, 0, 0, 0, 0, 0, 0, 0xf8, 0xbf]);
});

test('string, with its length in UTF-8 bytes', () => {
  expect(bytes(new ProtobufWriter().string(2, 'é!'))).toEqual([0x12, 0x03, 0xc3, 0xa9, 0x21]);
});

test('packed integers, negative ones too', () => {
  const minusOne = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
  expect(bytes(new ProtobufWriter().packedInts(8, [3, 270, -1]))).toEqual([
    0x42,
    13,
    3,
    0x8e,
    2,
    ...minusOne,
  ]);
  expect(bytes(new ProtobufWriter().packedInts(8, []))).toEqual([0x42, 0]);
});

test('messages nest, and fields follow each other', () => {
  const writer = new ProtobufWriter()
    .varint(1, 9)
    .message(3, (inner) => inner.varint(1, 150).message(2, (deep) => deep.string(1, 'a')))
    .bytes(4, Uint8Array.of(1, 2));
  expect(bytes(writer)).toEqual([0x08, 9, 0x1a, 8, 0x08, 0x96, 0x01, 0x12, 3, 0x0a, 1, 0x61, 0x22, 2, 1, 2]);
});

test('a length above 127 is a varint', () => {
  const encoded = bytes(new ProtobufWriter().bytes(1, new Uint8Array(300)));
  expect(encoded.slice(0, 3)).toEqual([0x0a, 0xac, 0x02]);
  expect(encoded).toHaveLength(303);
});
