// Parameter names of diffusers and transformers beside ours (latent-diffusion's), for every network that both can
// hold. One list drives reading and writing; where they keep q, k and v apart and we keep one tensor, its heads too.
import type { AutoencoderConfig } from '../models/autoencoder-config.ts';
import { clipTextSpec } from '../models/clip-text.ts';
import type { ClipTextConfig } from '../models/clip-text-config.ts';
import type { UNetConfig } from '../models/unet-config.ts';
import { autoencoderMappings } from './diffusers-autoencoder-names.ts';
import { unetMappings } from './diffusers-unet-names.ts';

/** A network that diffusers or transformers have, too. */
export type DiffusersNetwork =
  | { readonly kind: 'unet'; readonly config: UNetConfig }
  | { readonly kind: 'autoencoder'; readonly config: AutoencoderConfig }
  | { readonly kind: 'text'; readonly config: ClipTextConfig };

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
  /** Of q, k and v: ours has the rows of all three for the first head, then for the second, and so on. */
  readonly heads?: number;
}

/** The mappings of all parameters of `network`. Throws UserError('usage') for networks that diffusers do not have. */
export function diffusersMappings(network: DiffusersNetwork): readonly NameMapping[] {
  switch (network.kind) {
    case 'unet':
      return unetMappings(network.config);
    case 'autoencoder':
      return autoencoderMappings(network.config);
    case 'text':
      // transformers 5 leaves out 'text_model.'; all versions read names with it.
      return clipTextSpec(network.config).map(({ name, shape }) => ({
        name,
        shape,
        parts: [{ names: [name, name.replace(/^text_model\./, '')], shape }],
      }));
  }
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
