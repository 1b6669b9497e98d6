// A piece that is still at work: rows are appended batch by batch, and a log beside it takes the checksum of each. After
// an interruption the piece counts as far as its bytes are those that were written.
//
//   <piece>.part       head, then rows
//   <piece>.part.log   of each batch: its length, uint32, and its sha256
import { createHash, type Hash } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import type { Checksum } from '../../files/checksum.ts';
import { readAt, writeAt } from '../../files/positional-io.ts';

export interface PartForm {
  readonly head: Uint8Array;
  /** Bytes of a batch of rows; what is kept are whole batches, or all rows. */
  readonly batchBytes: number;
  /** Bytes of all rows. */
  readonly rowsBytes: number;
}

const recordBytes = 36;

export class PartFile {
  readonly path: string;
  /** Bytes of rows that are there and sound. */
  done = 0;
  /** Whether more was there, which is not what was written. */
  damaged = false;
  readonly #data: FileHandle;
  readonly #log: FileHandle;
  readonly #form: PartForm;
  #hash: Hash;
  #records = 0;

  private constructor(path: string, data: FileHandle, log: FileHandle, form: PartForm) {
    this.path = path;
    this.#data = data;
    this.#log = log;
    this.#form = form;
    this.#hash = createHash('sha256').update(form.head);
  }

  /** Opens or makes the piece and drops what is not sound. */
  static async open(path: string, form: PartForm): Promise<PartFile> {
    const data = await openForBoth(path);
    try {
      const log = await openForBoth(logOf(path));
      const part = new PartFile(path, data, log, form);
      try {
        await part.#recover();
        return part;
      } catch (error) {
        await log.close();
        throw error;
      }
    } catch (error) {
      await data.close();
      throw error;
    }
  }

  async #recover(): Promise<void> {
    const { head, batchBytes, rowsBytes } = this.#form;
    const { size } = await this.#data.stat();
    const before = Buffer.alloc(Math.min(head.length, size));
    await readAt(this.#data, before, 0);
    const hash = this.#hash.copy();
    let at = before.equals(head) ? 0 : -1;
    for (let record = 0; at >= 0 && at < rowsBytes; record++) {
      const batch = await this.#batch(record, head.length + at, Math.min(rowsBytes - at, size));
      if (batch === undefined) break;
      hash.update(batch);
      at += batch.length;
      if (at % batchBytes !== 0 && at !== rowsBytes) continue;
      [this.done, this.#records, this.#hash] = [at, record + 1, hash.copy()];
    }
    // A kill between the two writes leaves one batch without its checksum.
    this.damaged = size - head.length - this.done >= 2 * batchBytes;
    await this.#data.truncate(head.length + this.done);
    await writeAt(this.#data, head, 0);
    await this.#log.truncate(this.#records * recordBytes);
  }

  /** The bytes of a batch, of at most `most`, if they are those that were written. */
  async #batch(record: number, position: number, most: number): Promise<Buffer | undefined> {
    const facts = Buffer.alloc(recordBytes);
    if (!(await readAt(this.#log, facts, record * recordBytes))) return undefined;
    const length = facts.readUInt32LE();
    if (length === 0 || length > most) return undefined;
    const bytes = Buffer.alloc(length);
    if (!(await readAt(this.#data, bytes, position))) return undefined;
    return sha256Of(bytes).equals(facts.subarray(4)) ? bytes : undefined;
  }

  async append(bytes: Uint8Array): Promise<void> {
    await writeAt(this.#data, bytes, this.#form.head.length + this.done);
    const facts = Buffer.alloc(4);
    facts.writeUInt32LE(bytes.length);
    await writeAt(this.#log, Buffer.concat([facts, sha256Of(bytes)]), this.#records * recordBytes);
    this.#hash.update(bytes);
    this.#records++;
    this.done += bytes.length;
  }

  /** Flushes the piece to disk; its checksum, which is of what was written and not of what can be read back. */
  async finish(): Promise<Checksum> {
    await this.#data.sync();
    return { bytes: this.#form.head.length + this.done, sha256: this.#hash.copy().digest('hex') };
  }

  async close(): Promise<void> {
    await this.#data.close();
    await this.#log.close();
  }

  /** Removes the log of a piece that is finished. */
  removeLog(): Promise<void> {
    return rm(logOf(this.path), { force: true });
  }
}

function logOf(path: string): string {
  return `${path}.log`;
}

function sha256Of(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

async function openForBoth(file: string): Promise<FileHandle> {
  await (await open(file, 'a')).close();
  return open(file, 'r+');
}
