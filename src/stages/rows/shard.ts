// Which pieces of a stage's work one of several processes does.
import { UserError } from '../../errors.ts';

/** Which of `of` equal shares of a stage's pieces: `number` counts from 1. */
export interface Shard {
  readonly number: number;
  readonly of: number;
}

/** The pieces [from, to) of `pieces` that belong to `shard`; all of them where there is none. */
export function piecesOf(shard: Shard | undefined, pieces: number): { from: number; to: number } {
  if (shard === undefined) return { from: 0, to: pieces };
  const { number, of } = shard;
  return { from: Math.floor(((number - 1) * pieces) / of), to: Math.floor((number * pieces) / of) };
}

/** `2/8`. Throws UserError('usage') for anything else than a number from 1 on and how many there are. */
export function parseShard(text: string): Shard {
  const [, number, of] = /^(\d+)\/(\d+)$/.exec(text)?.map(Number) ?? [];
  if (number !== undefined && of !== undefined && number >= 1 && number <= of) return { number, of };
  throw new UserError('usage', `\`${text}\` is no shard`, {
    hint: 'give which of how many: --shard 2/8',
  });
}

export function shardText({ number, of }: Shard): string {
  return `${number}/${of}`;
}
