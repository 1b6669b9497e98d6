// Work that gives one row of bytes per sample (a latent, an image, a vector of features), cut into pieces. A piece is
// a file of its own in the work folder, so that an interrupted stage goes on in the middle of a piece, and several
// processes share a stage piece by piece. Pieces hold whole batches: who computes what changes no byte.
//
//   latents-000000-004096.safetensors        a finished piece, named after its first row and the one after its last
//   latents-004096-008192.safetensors.part   one at work: as many whole rows as fit into its length are done
import { createReadStream } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import path from 'node:path';
import { exists } from '../../files/exists.ts';
import { writeAt } from '../../files/positional-io.ts';
import { InvariantError } from '../../errors.ts';
import { piecesOf, shardText, type Shard } from './shard.ts';
import type { PartContext, StageEvent } from '../stage.ts';

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
  /** Called when all rows of a piece are on disk, before it counts as finished. `file` holds them. */
  readonly finish?: (piece: Piece, file: string) => Promise<void>;
}

/** A finished piece. */
export interface Piece extends RowRange {
  /** Absolute. */
  readonly file: string;
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
 * Computes what is missing of the rows, or of the part `shard` of them. Others may work on the same folder: pieces are
 * claimed one by one. Throws InterruptedError as `compute` does; whole batches stay.
 */
export async function computeRows(
  context: Pick<PartContext<unknown>, 'workDir' | 'emit' | 'sharing'>,
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
    context.emit({ type: 'info', message: `nothing to do for part ${shardText(shard)}` });
  let source: RowSource | undefined;
  let computed = 0;
  try {
    for (const piece of pieces) {
      if (await exists(piece.file)) continue;
      const claim = await context.sharing?.claim(path.basename(piece.file));
      try {
        if (await exists(piece.file)) continue;
        // Another run has finished the whole stage, and taken the pieces away.
        if ((await context.sharing?.isPublished()) === true) break;
        source ??= await work.open();
        computed += await computePiece(piece, work, source, emit);
      } finally {
        await claim?.release();
      }
    }
  } finally {
    await source?.dispose();
  }
  return { pieces, computed };
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

/** Brings one piece to its end; the rows that were missing. */
async function computePiece(
  piece: Piece,
  { batchSize, rowBytes, head, finish }: RowWork,
  source: RowSource,
  emit: (event: StageEvent) => void,
): Promise<number> {
  const rows = piece.to - piece.from;
  const unfinished = `${piece.file}.part`;
  const before = head?.(rows) ?? new Uint8Array();
  const out = await open(unfinished, 'a').then(async (created) => {
    await created.close();
    return open(unfinished, 'r+');
  });
  let missing: number;
  try {
    const found = Math.floor(((await out.stat()).size - before.length) / rowBytes);
    const done = found >= rows ? rows : Math.max(0, batchSize * Math.floor(found / batchSize));
    missing = rows - done;
    let at = before.length + done * rowBytes;
    await out.truncate(at);
    await writeAt(out, before, 0);
    if (missing > 0)
      await source.compute(
        { from: piece.from + done, to: piece.to },
        async (data) => {
          const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
          await writeAt(out, bytes, at);
          at += bytes.length;
        },
        emit,
      );
    if (at !== before.length + rows * rowBytes)
      throw new InvariantError(`${piece.file} has ${at} bytes for ${rows} rows`);
    await out.sync();
  } finally {
    await out.close();
  }
  await finish?.(piece, unfinished);
  await rename(unfinished, piece.file);
  return missing;
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
