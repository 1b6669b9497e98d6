// What TensorBoard reads: protobuf messages `Event` (tensorflow/core/util/event.proto), each a record of a TFRecord file:
// length, its checksum, the message, its checksum. Numbers of fields are those of the public .proto files.
import { ProtobufWriter } from '../../engine/onnx/protobuf.ts';
import { maskedCrc32c } from './crc32c.ts';

const event = { wallTime: 1, step: 2, fileVersion: 3, summary: 5, sessionLog: 7 } as const;
const summary = { value: 1, tag: 1, simpleValue: 2 } as const;
const sessionLog = { status: 1, start: 1 } as const;

/** The version from which readers heed `sessionStart`. */
const version = 'brain.Event:2';

/** One logged step: losses by name. */
export interface LoggedPoint {
  readonly step: number;
  /** ISO 8601. */
  readonly time: string;
  readonly values: Readonly<Record<string, number>>;
}

/** The first record of every file. */
export function versionRecord(time: string): Uint8Array {
  return record(time, (message) => message.string(event.fileVersion, version));
}

/** Says that what earlier files have from `step` on does not count: training went on from before it. */
export function sessionStart(time: string, step: number): Uint8Array {
  return record(time, (message) =>
    message
      .varint(event.step, step)
      .message(event.sessionLog, (log) => log.varint(sessionLog.status, sessionLog.start)),
  );
}

export function pointRecord({ time, step, values }: LoggedPoint): Uint8Array {
  return record(time, (message) =>
    message.varint(event.step, step).message(event.summary, (all) => {
      for (const [tag, value] of Object.entries(values))
        all.message(summary.value, (one) => one.string(summary.tag, tag).float(summary.simpleValue, value));
    }),
  );
}

function record(time: string, fill: (message: ProtobufWriter) => void): Uint8Array {
  const message = new ProtobufWriter().double(event.wallTime, Date.parse(time) / 1000);
  fill(message);
  const data = message.finish();
  const bytes = new Uint8Array(12 + data.length + 4);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc32c(bytes.subarray(0, 8)), true);
  bytes.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc32c(data), true);
  return bytes;
}
