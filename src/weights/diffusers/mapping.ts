// How one parameter of ours stands to tensors of diffusers: their names and shapes, and q, k and v, which they keep
// apart and latent-diffusion keeps in one tensor, head by head.

/** A tensor of theirs. */
export interface TheirTensor {
  /** The name that is written, then those of other versions of the library. */
  readonly names: readonly [string, ...string[]];
  /** As it is written; extents of 1 at the end may be there or not when it is read. */
  readonly shape: readonly number[];
}

/** One parameter of ours and what makes it. */
export interface NameMapping {
  /** Without a prefix such as 'model.diffusion_model.'. */
  readonly name: string;
  readonly shape: readonly number[];
  /** One tensor with the same numbers in the same order, or q, k and v. */
  readonly parts: readonly TheirTensor[];
  /** Heads of q, k and v: ours has the rows of all three for the first head, then for the second, and so on. */
  readonly heads?: number;
}

/** Their name of a projection in attention: `to_q` since diffusers 0.17, `query` before. */
export function attentionNames(
  target: string,
  part: 'q' | 'k' | 'v' | 'out',
  leaf: string,
): TheirTensor['names'] {
  const [now, before] = {
    q: ['to_q', 'query'],
    k: ['to_k', 'key'],
    v: ['to_v', 'value'],
    out: ['to_out.0', 'proj_attn'],
  }[part] as [string, string];
  return [`${target}.${now}.${leaf}`, `${target}.${before}.${leaf}`];
}

/** Our tensor from theirs; a single part keeps its numbers. */
export function joinParts(parts: readonly Float32Array[], heads = 1): Float32Array {
  if (parts.length === 1) return parts[0]!;
  const size = parts[0]!.length;
  const piece = size / heads; // the numbers of one head's rows
  const joined = new Float32Array(parts.length * size);
  for (let head = 0; head < heads; head++)
    for (const [i, part] of parts.entries())
      joined.set(part.subarray(head * piece, (head + 1) * piece), (head * parts.length + i) * piece);
  return joined;
}

/** Part `index` of `count` of our tensor: the inverse of `joinParts`. */
export function splitPart(joined: Float32Array, index: number, count: number, heads = 1): Float32Array {
  if (count === 1) return joined;
  const size = joined.length / count;
  const piece = size / heads;
  const part = new Float32Array(size);
  for (let head = 0; head < heads; head++) {
    const from = (head * count + index) * piece;
    part.set(joined.subarray(from, from + piece), head * piece);
  }
  return part;
}
