// Weights of ONNX files: within a model, or in a file beside it that several models share.
import path from 'node:path';
import type { ModelWeight } from '../../engine/onnx/encode.ts';
import { UserError } from '../../errors.ts';
import { writeStreamAtomic } from '../../files/atomic-file.ts';
import type { ParamSpec } from '../../nn/params.ts';
import { floatsToHalves } from '../../weights/tensor-dtypes.ts';

export type Precision = ModelWeight['precision'];

export interface WeightsOrigin {
  readonly specs: readonly ParamSpec[];
  readonly read: (name: string) => Promise<Float32Array>;
  readonly precision: Precision;
}

export type ModelWeights = ReadonlyMap<string, ModelWeight>;

/** The weights as parts of a model. Throws UserError('usage') for one that float16 cannot hold. */
export async function inlineWeights(origin: WeightsOrigin): Promise<ModelWeights> {
  const weights = new Map<string, ModelWeight>();
  for (const { name } of origin.specs)
    weights.set(name, { precision: origin.precision, data: await bytesOf(name, origin) });
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
        precision: origin.precision,
        data: { location, offset, length: bytes.byteLength },
      });
      offset += bytes.byteLength;
    }
  });
  return weights;
}

async function bytesOf(name: string, { read, precision }: WeightsOrigin): Promise<Uint8Array> {
  const floats = await read(name);
  const { buffer, byteOffset, byteLength } = precision === 'float32' ? floats : halvesOf(name, floats);
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function halvesOf(name: string, floats: Float32Array): Uint16Array {
  const halves = floatsToHalves(floats);
  if (halves === undefined)
    throw new UserError('usage', `${name} has numbers that are too large for float16`, {
      hint: 'export it with `--precision float32`',
    });
  return halves;
}
