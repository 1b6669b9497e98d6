// Reads the Inception-v3 that the npm package nsfwjs (MIT) ships: a TensorFlow.js layers model as JavaScript modules,
// one with topology and manifest, six with base64 shards of weights in 8 bits. Neither tfjs-layers nor a network is needed.
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import path from 'node:path';
import { sizeOf, type HostTensor, type HostTensors } from '../../engine/engine.ts';
import { UserError } from '../../errors.ts';

interface WeightEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: { readonly min: number; readonly scale: number; readonly dtype: string };
}

/** The parts of a layers-model JSON that are used. */
export interface LayersModelJson {
  readonly modelTopology: object;
  readonly weightsManifest: readonly {
    readonly paths: readonly string[];
    readonly weights: readonly WeightEntry[];
  }[];
}

export interface NsfwjsModel {
  readonly json: LayersModelJson;
  /** All shards, joined. */
  readonly bytes: Uint8Array;
  /** SHA-256 of `bytes`, hex: the extractor digest on metric cards. */
  readonly digest: string;
}

/** The model as shipped. Throws UserError if the package is not installed or looks different. */
export function readNsfwjsModel(): NsfwjsModel {
  const load = createRequire(import.meta.url);
  try {
    const folder = path.resolve(path.dirname(load.resolve('nsfwjs')), '../models/inception_v3');
    const json = load(path.join(folder, 'model.min.js')) as LayersModelJson;
    const shards = json.weightsManifest.flatMap(({ paths }) =>
      paths.map((name) => Buffer.from(load(path.join(folder, `${name}.min.js`)) as string, 'base64')),
    );
    const bytes = new Uint8Array(Buffer.concat(shards));
    return { json, bytes, digest: createHash('sha256').update(bytes).digest('hex') };
  } catch (cause) {
    throw new UserError('input', 'the Inception-v3 weights of the npm package nsfwjs cannot be read', {
      hint: 'run `npm ci` again, or give the path of the pytorch-fid weights file instead',
      cause,
    });
  }
}

/** All weights by Keras name, dequantised to float32: value = quantised * scale + min, rounded once. */
export function decodeLayersWeights({ json, bytes }: Pick<NsfwjsModel, 'json' | 'bytes'>): HostTensors {
  const tensors: Record<string, HostTensor> = {};
  let offset = 0;
  for (const { name, shape, dtype, quantization } of json.weightsManifest.flatMap(({ weights }) => weights)) {
    if (dtype !== 'float32' || (quantization !== undefined && quantization.dtype !== 'uint8')) {
      throw damaged(`weight ${name} is ${quantization?.dtype ?? dtype}, which is not understood`);
    }
    const size = sizeOf(shape);
    const length = quantization === undefined ? 4 * size : size;
    const part = bytes.slice(offset, offset + length);
    if (part.length !== length) throw damaged(`the weights end inside ${name}`);
    offset += length;
    const data =
      quantization === undefined
        ? new Float32Array(part.buffer)
        : dequantized(part, quantization.scale, quantization.min);
    tensors[name] = { shape, dtype: 'float32', data };
  }
  if (offset !== bytes.length)
    throw damaged(`${bytes.length - offset} bytes are left over after the last weight`);
  return tensors;
}

/** In a plain loop: Float32Array.from with a function takes ten times as long. */
function dequantized(values: Uint8Array, scale: number, min: number): Float32Array {
  const data = new Float32Array(values.length);
  for (let i = 0; i < data.length; i++) data[i] = values[i]! * scale + min;
  return data;
}

function damaged(message: string): UserError {
  return new UserError('input', message, { hint: 'install the version of nsfwjs that package.json names' });
}
