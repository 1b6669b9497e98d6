// Work that gives one row of bytes per sample (a latent, an image, a vector of features), cut into pieces. A piece is
// a file of its own in the work folder, so that an interrupted stage goes on in the middle of a piece, and several
// processes share a stage piece by piece. Pieces hold whole batches: who computes what changes no byte.
//
//   latents-000000-004096.safetensors        a finished piece, named after its first row and the one after its last;
//                                            beside it its checksum (finished-piece.ts)
//   latents-004096-008192.safetensors.part   one at work (part-file.ts)
import { createReadStream } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import path from 'node:path';
import type { Checksum } from '../../files/checksum.ts';
import { InvariantError } from '../../errors.ts';
import { sync } from '../../files/sync.ts';
import { checkPiece, notePiece, setPieceAside, type PieceFacts } from './finished-piece.ts';
import { PartFile } from './part-file.ts';
import { piecesOf, shardText, type Shard } from './shard.ts';
import type { CommonContext, StageEvent } from '../stage.ts';

/** Rows [from, to). */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

export interface RowSource<RowData extends Uint8Array | Float32Array = Uint8Array | Float32Array> {
  /** Computes the rows of `range`, which starts with a batch, and hands them over in order: those from `start` on. `done` of progress counts rows from 0. */
  readonly compute: (
    range: RowRange,
    write: (rows: RowData, start: number) => void | Promise<void>,
    emit: (event: StageEvent) => void,
  ) => Promise<void>;
  readonly dispose: () => Promise<void>;
}

export interface RowWork {
  /** How names of pieces start and end: `latents`, `.safetensors`. */
  readonly name: string;
  readonly extension: string;
  /** Rows in all. */
  readonly count: number;
  readonly batchSize: number;
  /** Rows of a piece; a multiple of the batch size. */
  readonly pieceSize: number;
  readonly rowBytes: number;
  /** What comes before the rows of a piece. */
  readonly head?: (rows: number) => Uint8Array;
  /** Gets ready to compute; called once, and only where rows are missing. */
  readonly open: () => Promise<RowSource>;
  /** Called when all rows of a piece are on disk, before it counts as finished. `file` holds them; returns what to remember of it, plain JSON. */
  readonly finish?: (piece: Piece, file: string) => Promise<unknown>;
}

/** A finished piece. */
export interface Piece extends RowRange {
  /** Absolute. */
  readonly file: string;
  /** What `RowWork.finish` returned. */
  readonly facts?: unknown;
}

export interface RowsDone {
  readonly pieces: readonly Piece[];
  /** Rows that were computed now. */
  readonly computed: number;
}

/** The least multiple of `batchSize` from `least` on: pieces of it hold whole batches. */
export function wholeBatches(least: number, batchSize: number): number {
  return batchSize * Math.ceil(least / batchSize);
}

/**
 * Computes what is missing of the rows, or of `shard` of them. Others may work on the same folder: pieces are
 * claimed one by one. Throws InterruptedError as `compute` does; whole batches stay.
 */
export async function computeRows(
  context: Pick<CommonContext, 'workDir' | 'emit' | 'sharing'>,
  work: RowWork,
  shard?: Shard,
): Promise<RowsDone> {
  if (work.pieceSize % work.batchSize !== 0) throw new InvariantError('pieces hold no whole batches');
  const pieces = ownPieces(context.workDir, work, shard);
  const [first, last] = [pieces[0]?.from ?? 0, pieces.at(-1)?.to ?? 0];
  const emit = (event: StageEvent): void => {
    context.emit(
      event.type === 'progress' ? { ...event, done: event.done - first, total: last - first } : event,
    );
  };
  if (shard !== undefined && pieces.length === 0)
    context.emit({ type: 'info', message: `nothing to do for shard ${shardText(shard)}` });
  let source: RowSource | undefined;
  let computed = 0;
  const finished: Piece[] = [];
  try {
    for (const piece of pieces) {
      let known = await checkPiece(piece.file);
      const claim = isKnown(known) ? undefined : await context.sharing?.claim(path.basename(piece.file));
      try {
        if (!isKnown(known)) known = await soundOrAside(piece.file, context.emit);
        // Another run has finished the whole stage, and taken the pieces away.
        if (known === undefined && (await context.sharing?.isPublished()) === true) break;
        if (known === undefined) {
          source ??= await work.open();
          const made = await computePiece(piece, work, source, emit);
          computed += made.computed;
          known = made.known;
        }
        finished.push({ ...piece, facts: known.facts });
      } finally {
        await claim?.release();
      }
    }
  } finally {
    await source?.dispose();
  }
  return { pieces: finished, computed };
}

type Checked = Awaited<ReturnType<typeof checkPiece>>;

function isKnown(checked: Checked): checked is PieceFacts {
  return checked !== undefined && !('problem' in checked);
}

/** What is known of a sound piece; a damaged one is moved out of the way. Needs the claim. */
async function soundOrAside(
  file: string,
  emit: (event: StageEvent) => void,
): Promise<PieceFacts | undefined> {
  const checked = await checkPiece(file);
  if (checked === undefined || isKnown(checked)) return checked;
  const aside = await setPieceAside(file);
  const message = `${path.basename(file)} is damaged: ${checked.problem}; it was moved to ${aside} and is computed again`;
  emit({ type: 'warning', message });
  return undefined;
}

function ownPieces(folder: string, work: RowWork, shard: Shard | undefined): Piece[] {
  const { name, extension, count, pieceSize } = work;
  const { from, to } = piecesOf(shard, Math.ceil(count / pieceSize));
  return Array.from({ length: to - from }, (_, i) => {
    const range = { from: (from + i) * pieceSize, to: Math.min(count, (from + i + 1) * pieceSize) };
    return {
      file: path.join(folder, `${name}-${digits(range.from)}-${digits(range.to)}${extension}`),
      ...range,
    };
  });
}

function digits(row: number): string {
  return String(row).padStart(6, '0');
}

/** Brings one piece to its end; counts the rows that were missing. */
async function computePiece(
  piece: Piece,
  { batchSize, rowBytes, head, finish }: RowWork,
  source: RowSource,
  emit: (event: StageEvent) => void,
): Promise<{ readonly computed: number; readonly known: PieceFacts }> {
  const rows = piece.to - piece.from;
  const part = await PartFile.open(`${piece.file}.part`, {
    head: head?.(rows) ?? new Uint8Array(),
    batchBytes: batchSize * rowBytes,
    rowsBytes: rows * rowBytes,
  });
  let missing: number;
  let checksum: Checksum;
  try {
    const done = part.done / rowBytes;
    if (part.damaged)
      emit({
        type: 'warning',
        message: `${path.basename(part.path)} is damaged from row ${piece.from + done} on: computed again from there`,
      });
    missing = rows - done;
    if (missing > 0)
      await source.compute(
        { from: piece.from + done, to: piece.to },
        (data) => part.append(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
        emit,
      );
    if (part.done !== rows * rowBytes)
      throw new InvariantError(`${piece.file} has ${part.done} bytes of ${rows} rows`);
    checksum = await part.finish();
  } finally {
    await part.close();
  }
  const facts = await finish?.(piece, part.path);
  const known = { ...checksum, ...(facts === undefined ? {} : { facts }) };
  await notePiece(piece.file, known);
  await rename(part.path, piece.file);
  await sync(path.dirname(piece.file)); // before the log goes, without which the part counts for nothing
  await part.removeLog();
  return { computed: missing, known };
}

/** Writes the rows of `pieces`, which have no heads, one after another into a new file. */
export async function joinPieces(pieces: readonly Piece[], target: string): Promise<void> {
  const out = await open(target, 'w');
  try {
    for (const { file } of pieces)
      for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 }))
        await out.writeFile(chunk as Buffer);
    await out.sync();
  } finally {
    await out.close();
  }
}
