// Form `onnx` of a whole model: a folder that any ONNX runtime samples from, with nothing of sdx.
import path from 'node:path';
import type { Graph } from '../../engine/graph/ir.ts';
import { encodeModel } from '../../engine/onnx/encode.ts';
import { InvariantError } from '../../errors.ts';
import { writeFileAtomic } from '../../files/atomic-file.ts';
import { makeFolder } from '../../files/make-folder.ts';
import { idsPerSample } from '../../models/conditioner/conditioner-config.ts';
import { conditionerPrefix } from '../../models/conditioner/conditioner.ts';
import { describeModel, metadataOf } from '../onnx/model-description.ts';
import {
  conditionerFunction,
  decoderFunction,
  stepFunction,
  unetFunction,
} from '../onnx/network-functions.ts';
import { openGraph, type BatchFunction } from '../onnx/open-graph.ts';
import { inlineWeights, readLayers, writeWeights, type ModelWeights } from '../onnx/weights.ts';
import type { ReadParam } from '../stored-weights.ts';
import type { ModelPart, ModelWriter } from './export-model.ts';

/** Files of the folder; `unet` and `step` share their weights. */
export const onnxFiles = {
  unet: 'unet.onnx',
  step: 'step.onnx',
  unetWeights: 'unet.data',
  decoder: 'decoder.onnx',
  classes: 'class_embedder.onnx',
  text: 'text_encoder.onnx',
  /** What the metadata say, for runtimes that cannot read them. */
  description: 'model.json',
} as const;

export const onnxModelWriter: ModelWriter = async (model, { output, allowContrib, precision }) => {
  const { trained, weights, unet, autoencoder, embedder } = model;
  const { scaleFactor, params } = trained;
  const layers = precision === 'int8' ? trained.int8?.layers : undefined;
  const { latentShape, network, diffusion } = params;
  const conditioner = params.conditioning?.network;
  const description = describeModel({
    ...{ config: model.config, name: params.model },
    ...{ weights, precision, scaleFactor },
  });
  const metadata = metadataOf(description);
  const at = (file: string): string => path.join(output, file);
  const write = (file: string, graph: Graph, given: ModelWeights): Promise<void> =>
    writeFileAtomic(at(file), encodeModel(graph, { batchName: 'batch', weights: given, metadata }));
  const open = (fn: BatchFunction): Graph => openGraph(fn, { allowContrib });
  /** Writes a model that holds its weights. */
  const writeAlone = async (file: string, fn: BatchFunction, read: ReadParam): Promise<void> => {
    const graph = open(fn);
    const used = new Set(graph.inputs.map(({ name }) => name));
    const specs = fn.weights.filter(({ name }) => used.has(name));
    await write(file, graph, await inlineWeights({ specs, read, precision }));
  };

  await makeFolder(output);
  const denoiser = { unet: params.unet, contextTokens: conditioner && idsPerSample(conditioner) };
  const forward = unetFunction(denoiser);
  const shared = await writeWeights(at(onnxFiles.unetWeights), {
    ...{ specs: forward.weights, read: unet.read },
    ...{ precision, layers },
  });
  const quantized = await readLayers({ read: unet.read, layers });
  const step = stepFunction({ ...denoiser, prediction: diffusion.prediction });
  for (const [file, fn] of [
    [onnxFiles.unet, forward],
    [onnxFiles.step, step],
  ] as const)
    await write(file, openGraph(fn, { allowContrib, quantized }), shared);
  const decoder = decoderFunction({ network, latentShape, scaleFactor });
  await writeAlone(onnxFiles.decoder, decoder, autoencoder?.read ?? noWeights);
  if (conditioner && embedder) {
    const file = onnxFiles[conditioner.kind === 'class' ? 'classes' : 'text'];
    await writeAlone(file, conditionerFunction(conditioner), namedIn(embedder));
  }
  await writeFileAtomic(at(onnxFiles.description), `${JSON.stringify(description, null, 2)}\n`);
  return [output];
};

const noWeights: ReadParam = (name) => {
  throw new InvariantError(`without an autoencoder there is no ${name}`);
};

/** Reads parameters by their names in a model, also where the encoder has a file of its own, without the prefix. */
function namedIn({ component, read }: ModelPart): ReadParam {
  const own = new Set(component.specs.map(({ name }) => name));
  return (name) => read(own.has(name) ? name : name.slice(conditionerPrefix.text.length));
}
