// A network from the artifact store in the forms of other programs, its tensors read one at a time.
import path from 'node:path';
import { makeFolder } from '../files/make-folder.ts';
import { classEmbedderFile } from '../weights/diffusers/diffusers-source.ts';
import { writeDiffusers } from '../weights/diffusers/diffusers-writer.ts';
import { streamSafetensors, type PendingTensor } from '../weights/safetensors/stream.ts';
import { openSafetensorsWeights } from '../weights/safetensors/safetensors-weights.ts';
import type { WeightsSource } from '../weights/weights.ts';
import { UserError } from '../errors.ts';
import { emaName } from '../weights/ema-name.ts';
import { modelFiles } from '../stages/networks/model-files.ts';
import type { ExperimentNetwork } from './experiment-networks.ts';
import { writeOnnx } from './write-onnx.ts';

export type ExportForm = 'safetensors' | 'diffusers' | 'onnx';

export interface ExportRequest {
  readonly form: ExportForm;
  readonly output: string;
  readonly weights: 'ema' | 'raw' | 'both';
  readonly allowContrib: boolean;
  /** What latents are multiplied by, where it is known. */
  readonly scaleFactor?: number | undefined;
}

type Read = (name: string) => Promise<Float32Array>;

/**
 * Writes `network`, whose artifact lies in `folder`; the files that were written. Throws UserError('usage') for forms
 * that cannot hold it.
 */
export async function exportNetwork(
  folder: string,
  network: ExperimentNetwork,
  request: ExportRequest,
): Promise<string[]> {
  const { form, weights } = request;
  if (weights === 'both' && form !== 'safetensors')
    throw new UserError('usage', `${form} holds one set of weights`, { hint: 'say --weights ema or raw' });
  const sources: Partial<Record<keyof typeof modelFiles, WeightsSource>> = {};
  try {
    if (weights !== 'raw') sources.ema = await openSafetensorsWeights(path.join(folder, modelFiles.ema));
    if (weights !== 'ema')
      sources.weights = await openSafetensorsWeights(path.join(folder, modelFiles.weights));
    const main = readerOf((sources.weights ?? sources.ema)!);
    return await writers[form](network, main, request, sources.ema && readerOf(sources.ema));
  } finally {
    for (const source of Object.values(sources)) await source.close();
  }
}

function readerOf(source: WeightsSource): Read {
  return async (name) => {
    const { data } = await source.read(name);
    return data instanceof Float32Array ? data : new Float32Array(data);
  };
}

const writers: Readonly<
  Record<
    ExportForm,
    (
      network: ExperimentNetwork,
      read: Read,
      request: ExportRequest,
      readEma: Read | undefined,
    ) => Promise<string[]>
  >
> = {
  async safetensors({ components }, read, { output, weights, scaleFactor }, readEma) {
    const tensors = components.flatMap(({ specs, prefix }) =>
      specs.flatMap(({ name, shape }): PendingTensor[] => [
        { name: prefix + name, shape, read: () => read(name) },
        ...(weights === 'both' && readEma
          ? [{ name: emaName(prefix + name), shape, read: () => readEma(name) }]
          : []),
      ]),
    );
    const scale =
      scaleFactor === undefined
        ? []
        : [{ name: 'scale_factor', shape: [], read: () => Promise.resolve(Float32Array.of(scaleFactor)) }];
    await streamSafetensors(output, [...tensors, ...scale], { format: 'pt' });
    return [output];
  },

  async diffusers({ components }, read, { output, scaleFactor }) {
    const written: string[] = [];
    for (const { what, specs, diffusers } of components) {
      if (diffusers === undefined) {
        const file = path.join(output, classEmbedderFile);
        await makeFolder(output);
        await streamSafetensors(
          file,
          specs.map(({ name, shape }) => ({ name, shape, read: () => read(name) })),
        );
        written.push(file);
        continue;
      }
      const folder = what === 'text encoder' ? path.join(output, 'text_encoder') : output;
      await writeDiffusers(folder, diffusers, read, { scaleFactor });
      written.push(folder);
    }
    return written;
  },

  async onnx({ name, unet, contextTokens }, read, { output, allowContrib }) {
    if (unet === undefined)
      throw new UserError('usage', `${name} is no UNet, and ONNX is for UNets`, {
        hint: 'export it as safetensors or diffusers',
      });
    const { model, data } = await writeOnnx(output, unet, read, { contextTokens, allowContrib });
    return data === undefined ? [model] : [model, data];
  },
};
