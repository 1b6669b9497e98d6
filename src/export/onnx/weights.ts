// Weights of ONNX files: within a model, or in a file beside it that several models share.
import path from 'node:path';
import { sizeOf } from '../../engine/engine.ts';
import { quantizedFilter } from '../../engine/graph/int8-layers.ts';
import type { Int8Layers } from '../../engine/layer-treatment.ts';
import type { ModelWeight } from '../../engine/onnx/encode.ts';
import { UserError } from '../../errors.ts';
import { writeStreamAtomic } from '../../files/atomic-file.ts';
import type { ParamSpec } from '../../nn/params.ts';
import { floatsToHalves } from '../../weights/tensor-dtypes.ts';
import type { QuantizedLayers } from './open-graph.ts';

/** What a model's weights are stored as; `int8`: the filters of quantized layers as integers, on which it then computes. */
export type Precision = 'float32' | 'float16' | 'int8';

export interface WeightsOrigin {
  readonly specs: readonly ParamSpec[];
  readonly read: (name: string) => Promise<Float32Array>;
  readonly precision: Precision;
  /** The layers whose filters are integers, of the precision int8. */
  readonly layers?: Int8Layers | undefined;
}

export type ModelWeights = ReadonlyMap<string, ModelWeight>;

/** The weights as parts of a model. Throws UserError('usage') for one that float16 cannot hold. */
export async function inlineWeights(origin: WeightsOrigin): Promise<ModelWeights> {
  const weights = new Map<string, ModelWeight>();
  for (const { name } of origin.specs)
    weights.set(name, { isHalf: origin.precision === 'float16', data: await bytesOf(name, origin) });
  return weights;
}

/** Writes the weights to `file`, for models in the same folder. Throws as inlineWeights does. */
export async function writeWeights(file: string, origin: WeightsOrigin): Promise<ModelWeights> {
  const weights = new Map<string, ModelWeight>();
  const location = path.basename(file);
  let offset = 0;
  await writeStreamAtomic(file, async (write) => {
    for (const { name } of origin.specs) {
      const bytes = await bytesOf(name, origin);
      await write(bytes);
      weights.set(name, {
        isHalf: origin.precision === 'float16',
        data: { location, offset, length: bytes.byteLength },
      });
      offset += bytes.byteLength;
    }
  });
  return weights;
}

async function bytesOf(
  name: string,
  { specs, read, precision, layers = {} }: WeightsOrigin,
): Promise<Uint8Array> {
  const floats = await read(name);
  if (name in layers) {
    const [outputs] = specs.find((spec) => spec.name === name)!.shape;
    return new Uint8Array(quantizedFilter(floats, outputs!).integers.buffer);
  }
  const { buffer, byteOffset, byteLength } = precision === 'float16' ? halvesOf(name, floats) : floats;
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Bytes that the weights take. */
export function bytesOfWeights({ specs, precision, layers = {} }: Omit<WeightsOrigin, 'read'>): number {
  const bytes = { float32: 4, float16: 2, int8: 4 }[precision];
  return specs.reduce((sum, { name, shape }) => sum + (name in layers ? 1 : bytes) * sizeOf(shape), 0);
}

/** The layers with their filters, for graphs that compute on integers; undefined where there are none. */
export async function readLayers({
  layers,
  read,
}: Pick<WeightsOrigin, 'layers' | 'read'>): Promise<QuantizedLayers | undefined> {
  if (layers === undefined) return undefined;
  const filters = new Map<string, Float32Array>();
  for (const name of Object.keys(layers)) filters.set(name, await read(name));
  return { layers, filters };
}

function halvesOf(name: string, floats: Float32Array): Uint16Array {
  const halves = floatsToHalves(floats);
  if (halves === undefined)
    throw new UserError('usage', `${name} has numbers that are too large for float16`, {
      hint: 'export it with `--precision float32`',
    });
  return halves;
}
