// A text encoder that nobody trains here, CLIP's: from captions to contexts, outside the graphs that use them. Each
// caption is encoded by itself, so that its context depends on nothing else; training keeps what was encoded on disk.
import { gunzipSync } from 'node:zlib';
import { readRegularFile } from '../../files/regular-file.ts';
import { loadComponent } from '../../weights/load-component.ts';
import { clipComponent, withPrefix } from '../../weights/network-components.ts';
import { sizeOf, type Engine, type HostTensors, type Program } from '../../engine/engine.ts';
import { clipTokenizer, parseMerges, vocabularyOf, type ClipVocabulary } from '../../models/clip/clip-bpe.ts';
import { clipText } from '../../models/clip/clip-text.ts';
import {
  contextWidth,
  textTokens,
  type ConditionerConfig,
} from '../../models/conditioner/conditioner-config.ts';
import type { ConditioningParams } from '../params.ts';
import { openContextCache } from './context-cache.ts';

type TextNetwork = Extract<ConditionerConfig, { kind: 'text' }>;
export type FrozenEncoder = Extract<
  NonNullable<ConditioningParams['textEncoder']>,
  { readonly kind: 'clip' }
>;

export interface TextEncoder {
  /** Contexts of token ids, [captions.length, tokens, width], and where each is kept. */
  readonly encode: (captions: readonly TokenIds[]) => Promise<Float32Array>;
  readonly close: () => Promise<void>;
}

export interface TokenIds {
  readonly ids: readonly number[];
  /** Place in the cache; absent where the context is not kept. */
  readonly slot?: number;
}

export interface TextEncoderOptions {
  readonly engine: () => Promise<Engine>;
  /** Weights by the encoder's own names; read when something is to be encoded. */
  readonly weights: () => Promise<HostTensors>;
  /** Folder of the cache; absent: nothing is kept. */
  readonly folder?: string;
}

/** Opens the encoder. Its network is compiled once a caption has to be encoded. */
export async function openTextEncoder(
  network: TextNetwork,
  { engine, weights, folder }: TextEncoderOptions,
): Promise<TextEncoder> {
  const shape = [textTokens(network), contextWidth(network)];
  const length = sizeOf(shape);
  const cache = folder === undefined ? undefined : await openContextCache(folder, length);
  let program: Promise<Program> | undefined;
  const encodeOne = async (ids: readonly number[]): Promise<Float32Array> => {
    program ??= compileEncoder(network, await engine(), await weights());
    const encoder = await program;
    const { context } = await encoder.run({
      ids: { shape: [1, ids.length], dtype: 'int32', data: Int32Array.from(ids) },
    });
    return (context!.data as Float32Array).slice(); // the engine uses its buffer again
  };
  return {
    async encode(captions) {
      const contexts = new Float32Array(captions.length * length);
      const found = new Map<string, Float32Array>();
      for (const [row, { ids, slot }] of captions.entries()) {
        const key = ids.join();
        const kept = found.get(key) ?? (slot === undefined ? undefined : await cache?.get(slot));
        const context = kept ?? (await encodeOne(ids));
        if (kept === undefined && slot !== undefined) await cache?.put(slot, context);
        found.set(key, context);
        contexts.set(context, row * length);
      }
      return contexts;
    },
    async close() {
      await cache?.close();
      await (await program)?.dispose();
    },
  };
}

async function compileEncoder(network: TextNetwork, engine: Engine, weights: HostTensors): Promise<Program> {
  const { encoder } = network;
  return engine.compile(
    ({ constants, inputs }) => ({ outputs: { context: clipText(constants, encoder, inputs['ids']!) } }),
    { constants: weights, inputs: { ids: { shape: [1, textTokens(network)], dtype: 'int32' } } },
  );
}

/** The merges in CLIP's file, packed or not. */
export async function readClipMerges(file: string): Promise<ClipVocabulary['merges']> {
  const bytes = await readRegularFile(file);
  return parseMerges((bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('utf8'));
}

/** Captions to ids by CLIP's merges file, `length` of them. */
export async function openClipTokens(
  file: string,
  length: number,
): Promise<(caption: string) => readonly number[]> {
  const tokenizer = clipTokenizer(vocabularyOf(await readClipMerges(file)));
  return (caption) => [...tokenizer.encodePadded(caption, length)];
}

/** Weights of CLIP's text model by its own names. Throws UserError for files that are broken or do not fit. */
export function readClip(
  { encoder }: TextNetwork,
  { path, prefix = '', ema }: FrozenEncoder['checkpoint'],
): Promise<HostTensors> {
  return loadComponent(withPrefix(clipComponent(encoder), { prefix }), path, ema);
}
