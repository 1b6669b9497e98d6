// Which pieces of a stage's work one of several processes does.
import { UserError } from '../../errors.ts';

/** Part `part` (from 1) of `of` parts. */
export interface Shard {
  readonly part: number;
  readonly of: number;
}

/** The pieces [from, to) of `pieces` that belong to `shard`; all of them where there is none. */
export function piecesOf(shard: Shard | undefined, pieces: number): { from: number; to: number } {
  if (shard === undefined) return { from: 0, to: pieces };
  const { part, of } = shard;
  return { from: Math.floor(((part - 1) * pieces) / of), to: Math.floor((part * pieces) / of) };
}

/** `2/8`. Throws UserError('usage') for anything else than a part from 1 on and how many there are. */
export function parseShard(text: string): Shard {
  const [, part, of] = /^(\d+)\/(\d+)$/.exec(text)?.map(Number) ?? [];
  if (part !== undefined && of !== undefined && part >= 1 && part <= of) return { part, of };
  throw new UserError('usage', `\`${text}\` is no part of a whole`, {
    hint: 'give which part and how many there are: --shard 2/8',
  });
}

export function shardText({ part, of }: Shard): string {
  return `${part}/${of}`;
}
