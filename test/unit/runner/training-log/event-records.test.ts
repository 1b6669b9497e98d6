// Byte for byte as the formats say: CRC-32C by RFC 3720, TFRecord framing, and events as protobuf.
import { expect, test } from 'vitest';
import { crc32c, maskedCrc32c } from '../../../../src/runner/training-log/crc32c.ts';
import {
  pointRecord,
  sessionStart,
  versionRecord,
} from '../../../../src/runner/training-log/event-records.ts';

// RFC 3720, appendix B.4, and the check value of the algorithm.
test.each([
  ['32 zeros', new Uint8Array(32), 0x8a9136aa],
  ['32 ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ['32 rising', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
  ['digits', Buffer.from('123456789'), 0xe3069283],
])('CRC-32C of %s', (_, bytes, expected) => {
  expect(crc32c(bytes)).toBe(expected);
});

test('masked, it stays within 32 bits', () => {
  // ((0xe3069283 >>> 15 | 0xe3069283 << 17) + 0xa282ead8) mod 2^32
  expect(maskedCrc32c(Buffer.from('123456789'))).toBe(0xc78ab0e5);
});

/** The message of a record, whose framing is checked. */
function messageOf(record: Uint8Array): Buffer {
  const bytes = Buffer.from(record);
  const length = Number(bytes.readBigUInt64LE(0));
  expect(bytes.length).toBe(12 + length + 4);
  expect(bytes.readUInt32LE(8)).toBe(maskedCrc32c(bytes.subarray(0, 8)));
  const message = bytes.subarray(12, 12 + length);
  expect(bytes.readUInt32LE(12 + length)).toBe(maskedCrc32c(message));
  return message;
}

const time = '1970-01-01T00:00:01.500Z';
const wallTime = '09000000000000f83f'; // field 1, fixed64: 1.5

test('the version comes first', () => {
  const text = Buffer.from('brain.Event:2');
  expect(messageOf(versionRecord(time)).toString('hex')).toBe(`${wallTime}1a0d${text.toString('hex')}`);
});

test('a session starts at its step', () => {
  // step: field 2; session_log: field 7 with status: field 1, START = 1.
  expect(messageOf(sessionStart(time, 300)).toString('hex')).toBe(`${wallTime}10ac023a020801`);
});

test('a point has a summary value for each loss', () => {
  // summary: field 5 of values: field 1, each with tag: field 1 and simple_value: field 2, float.
  const byte = (value: number): string => Buffer.of(value).toString('hex');
  const value = (tag: string, float: string): string =>
    `0a${byte(2 + tag.length + 5)}0a${byte(tag.length)}${Buffer.from(tag).toString('hex')}15${float}`;
  const values = value('loss', '0000003f') + value('dd', '000080be');
  const length = byte(values.length / 2);
  expect(messageOf(pointRecord({ step: 7, time, values: { loss: 0.5, dd: -0.25 } })).toString('hex')).toBe(
    `${wallTime}10072a${length}${values}`,
  );
});
