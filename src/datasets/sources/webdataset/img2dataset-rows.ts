// What img2dataset's parquet file beside a shard says of the samples in it: which there are, their captions, and the
// scores to select them by. One file is held at a time: ten thousand rows, a few columns of them.
import { parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet';
import type { AsyncBuffer, FileMetaData } from 'hyparquet';
import { damaged, withByteFile } from '../../../files/byte-file.ts';
import type { ByteFile } from '../../../files/byte-file.ts';
import { UserError } from '../../../errors.ts';

/** Which samples to keep. A sample of which a value is not known is left out. */
export interface SampleSelection {
  /** Least original width and height in pixels. */
  readonly minSide?: number;
  /** Least cosine similarity of image and caption (column `similarity`). */
  readonly minSimilarity?: number;
  /** Largest probability that the image is unsafe (column `punsafe`). */
  readonly maxUnsafe?: number;
  /** Largest probability of a watermark (column `pwatermark`). */
  readonly maxWatermark?: number;
}

export interface SampleRow {
  /** `success`, or what kept img2dataset from getting the image. */
  readonly status: string;
  /** Undefined where there is none, or where none was asked for. */
  readonly caption: string | undefined;
  readonly isSelected: boolean;
}

export interface RowsWanted {
  readonly captions: boolean;
  readonly select?: SampleSelection;
}

/** More than any shard has: larger numbers are signs of damage. */
const maxRows = 2 ** 20;
const maxBytes = 2 ** 28;

interface Limit {
  readonly columns: readonly string[];
  readonly holds: (value: number, limit: number) => boolean;
}

const atLeast = (value: number, limit: number): boolean => value >= limit;
const atMost = (value: number, limit: number): boolean => value <= limit;

const limits: { readonly [K in keyof Required<SampleSelection>]: Limit } = {
  minSide: { columns: ['original_width', 'original_height'], holds: atLeast },
  minSimilarity: { columns: ['similarity'], holds: atLeast },
  maxUnsafe: { columns: ['punsafe'], holds: atMost },
  maxWatermark: { columns: ['pwatermark'], holds: atMost },
};

/**
 * The rows of the parquet file `path` by sample key, in their order. Throws UserError('input') for damaged files and
 * such without the columns that are asked for.
 */
export async function readSampleRows(
  path: string,
  { captions, select = {} }: RowsWanted,
): Promise<Map<string, SampleRow>> {
  const conditions = (Object.entries(select) as [keyof SampleSelection, number][]).flatMap(
    ([name, limit]) => {
      const { columns, holds } = limits[name];
      return columns.map((column) => ({ column, holds: (value: number) => holds(value, limit) }));
    },
  );
  const columns = [
    'key',
    'status',
    ...(captions ? ['caption'] : []),
    ...conditions.map(({ column }) => column),
  ];
  const found = new Map<string, SampleRow>();
  for (const row of await readColumns(path, columns)) {
    const { key, status, caption } = row;
    if (typeof key !== 'string' || typeof status !== 'string')
      throw damaged(path, 'a row has no text as key or status', 'make the shard again with img2dataset');
    if (found.has(key)) throw damaged(path, `it lists the sample ${key} twice`, 'make the shard again');
    found.set(key, {
      status,
      caption: typeof caption === 'string' ? caption.trim() : undefined,
      isSelected: conditions.every(({ column, holds }) => {
        const value = row[column];
        return typeof value === 'number' && holds(value);
      }),
    });
  }
  return found;
}

async function readColumns(path: string, columns: string[]): Promise<Record<string, unknown>[]> {
  const file = await withByteFile(path, wholeFile);
  try {
    const metadata = await parquetMetadataAsync(file);
    checkMetadata(path, metadata, columns);
    return await parquetReadObjects({ file, metadata, columns });
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw damaged(path, `it is no parquet file that can be read (${reason})`);
  }
}

function checkMetadata(path: string, metadata: FileMetaData, columns: readonly string[]): void {
  const names = new Set(parquetSchema(metadata).children.map(({ element }) => element.name));
  const absent = columns.find((column) => !names.has(column));
  if (absent !== undefined)
    throw new UserError('input', `${path} has no column ${absent}`, {
      hint:
        absent === 'caption'
          ? 'give img2dataset --caption_col, or set dataset.captions to false'
          : `give img2dataset --save_additional_columns with ${absent}, or leave it out of dataset.select`,
      where: { file: path },
    });
  if (metadata.num_rows > maxRows) throw damaged(path, `it claims ${metadata.num_rows.toString()} rows`);
}

/** The file in memory, a few megabytes: ranges beyond its end come out short and do not parse. */
async function wholeFile({ path, size, read }: ByteFile): Promise<AsyncBuffer> {
  if (size > maxBytes) throw damaged(path, `it has ${size} bytes`);
  const { buffer } = new Uint8Array(await read(0, size));
  return { byteLength: size, slice: (start, end) => buffer.slice(start, end) };
}
