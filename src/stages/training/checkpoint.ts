// Checkpoints of training: safetensors files whose metadata hold the position, the stage (the name of its work folder)
// and the checksum of the whole file, its own 64 digits taken as zeros. Two are kept: where the newest is damaged, training goes on from the one before it.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  readSafetensors,
  SafetensorsFile,
  safetensorsPieces,
} from '../../weights/safetensors/safetensors.ts';
import type { HostTensors } from '../../engine/engine.ts';
import { UserError } from '../../errors.ts';
import { writePiecesAtomic } from '../../files/atomic-file.ts';
import { readAt } from '../../files/positional-io.ts';

export interface Checkpoint {
  readonly state: HostTensors;
  readonly position: unknown;
}

const checkpointName = /^step-(\d+)\.safetensors$/;
const kept = 2;

const checksumKey = '"sha256":"';
const digits = 64;
const noChecksum = '0'.repeat(digits);

/** Writes the checkpoint of `step`, atomically and durably, and removes all but the newest two. */
export async function writeCheckpoint(
  folder: string,
  step: number,
  { state, position }: Checkpoint,
): Promise<void> {
  const [head, ...data] = safetensorsPieces(state, {
    position: JSON.stringify(position),
    sha256: noChecksum,
    stage: path.basename(folder),
  });
  const hash = createHash('sha256').update(head);
  for (const piece of data) hash.update(piece);
  const header = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  header.write(hash.digest('hex'), header.lastIndexOf(checksumKey) + checksumKey.length, 'latin1');
  await writePiecesAtomic(path.join(folder, nameOf(step)), [header, ...data]);
  for (const old of (await stepsIn(folder)).slice(kept)) await rm(path.join(folder, nameOf(old)));
}

/** The newest sound checkpoint in `folder`; damaged ones are set aside, each with a warning. */
export async function newestCheckpoint(
  folder: string,
  warn: (message: string) => void,
): Promise<Checkpoint | undefined> {
  for (const step of await stepsIn(folder)) {
    const file = path.join(folder, nameOf(step));
    const problem = await damageOf(file);
    const found = problem === undefined ? await read(file) : problem;
    if (typeof found !== 'string') return found;
    const aside = `${file}.damaged-${Date.now()}`;
    await rename(file, aside);
    warn(`the checkpoint ${nameOf(step)} is damaged: ${found}; it was moved to ${aside} and is not used`);
  }
  return undefined;
}

/** Where the newest checkpoint in `folder` says that training stands; undefined where there is none, or none that can be read. */
export async function newestPosition(folder: string): Promise<unknown> {
  const [newest] = await stepsIn(folder).catch(() => []);
  if (newest === undefined) return undefined;
  try {
    const file = await SafetensorsFile.open(path.join(folder, nameOf(newest)));
    await file.close();
    return JSON.parse(file.header.metadata['position'] ?? 'null') as unknown;
  } catch {
    return undefined; // damaged, or replaced meanwhile; a run that goes on from it says so
  }
}

function nameOf(step: number): string {
  return `step-${step}.safetensors`;
}

/** Steps of the checkpoints, the newest first. */
async function stepsIn(folder: string): Promise<number[]> {
  const names = await readdir(folder);
  return names
    .flatMap((name) => checkpointName.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => b - a);
}

/** What is wrong with the bytes of a checkpoint; those of earlier versions have no checksum. */
async function damageOf(file: string): Promise<string | undefined> {
  const handle = await open(file, 'r');
  let start: Buffer | undefined;
  try {
    start = await readHeader(handle);
  } finally {
    await handle.close();
  }
  if (start === undefined) return 'it ends within its header';
  const at = start.lastIndexOf(checksumKey) + checksumKey.length;
  if (at < checksumKey.length) return undefined;
  const expected = start.toString('latin1', at, at + digits);
  start.write(noChecksum, at, 'latin1');
  const hash = createHash('sha256').update(start);
  for await (const chunk of createReadStream(file, { start: start.length, highWaterMark: 1 << 20 }))
    hash.update(chunk as Buffer);
  const found = hash.digest('hex');
  return found === expected ? undefined : `it has sha256 ${found} and should have ${expected}`;
}

/** The bytes before the tensors; undefined where the file has not as many as it says. */
async function readHeader(handle: FileHandle): Promise<Buffer | undefined> {
  const { size } = await handle.stat();
  const length = Buffer.alloc(8);
  if (!(await readAt(handle, length, 0)) || headerEnd(length) > size) return undefined;
  const header = Buffer.alloc(headerEnd(length));
  return (await readAt(handle, header, 0)) ? header : undefined;
}

function headerEnd(bytes: Uint8Array): number {
  return 8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
}

/** The checkpoint in `file`, or what is wrong with it: without a checksum, only its form can tell. */
async function read(file: string): Promise<Checkpoint | string> {
  try {
    const { tensors, metadata } = await readSafetensors(file);
    const { position, ...seal } = metadata;
    const sealed = isDeepStrictEqual(Object.keys(seal).sort(), ['sha256', 'stage']);
    if (position === undefined || !(sealed || Object.keys(seal).length === 0))
      return 'its metadata are not those of a checkpoint';
    if (sealed && seal['stage'] !== path.basename(path.dirname(file))) return 'it is of another stage';
    return { state: tensors, position: JSON.parse(position) as unknown };
  } catch (error) {
    if (error instanceof UserError || error instanceof SyntaxError) return error.message;
    throw error;
  }
}
