// A UNet as an ONNX file for any runtime: batch size open, weights inside under their names, or in a file beside it
// where the model would exceed what the format allows.
import type { Int8Layers } from '../../engine/layer-treatment.ts';
import { encodeModel } from '../../engine/onnx/encode.ts';
import { writeFileAtomic } from '../../files/atomic-file.ts';
import type { UNetConfig } from '../../models/unet/unet-config.ts';
import { unetSpec } from '../../models/unet/unet.ts';
import { unetFunction } from './network-functions.ts';
import { openGraph } from './open-graph.ts';
import {
  bytesOfWeights,
  inlineWeights,
  readLayers,
  writeWeights,
  type Precision,
  type WeightsOrigin,
} from './weights.ts';

export interface OnnxExportOptions {
  /** Length of the context of conditional UNets. */
  readonly contextTokens?: number | undefined;
  /** Keep ONNX Runtime's fused operators (domain com.microsoft). */
  readonly allowContrib?: boolean;
  /** What weights are stored as; float32 if left out. */
  readonly precision?: Precision;
  /** The layers that compute on integers, of the precision int8. */
  readonly layers?: Int8Layers | undefined;
  /** What the model says of itself. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Bytes of weights up to which they lie in the model's file. */
  readonly inlineLimit?: number;
}

export interface OnnxFiles {
  readonly model: string;
  /** The weights, where they have a file of their own. */
  readonly data?: string;
}

/** Protocol buffers end at 2 GiB; the graph itself takes a few MB. */
const protobufLimit = 2 ** 31 - 2 ** 27;

/**
 * Writes the UNet of `config` to `file`. Inputs: `sample` [batch, C, H, W], `timestep` [batch] float32 and, of
 * conditional UNets, `encoder_hidden_states` [batch, tokens, width]; output: `out_sample`, what it predicts.
 */
export async function writeUnet(
  file: string,
  config: UNetConfig,
  read: (name: string) => Promise<Float32Array>,
  options: OnnxExportOptions = {},
): Promise<OnnxFiles> {
  const { contextTokens, allowContrib, precision = 'float32', metadata = {} } = options;
  const origin: WeightsOrigin = { specs: unetSpec(config), read, precision, layers: options.layers };
  const quantized = await readLayers(origin);
  const graph = openGraph(unetFunction({ unet: config, contextTokens }), { allowContrib, quantized });
  const apart = bytesOfWeights(origin) > (options.inlineLimit ?? protobufLimit) ? `${file}.data` : undefined;
  const weights = await (apart === undefined ? inlineWeights(origin) : writeWeights(apart, origin));
  await writeFileAtomic(file, encodeModel(graph, { batchName: 'batch', weights, metadata }));
  return { model: file, ...(apart !== undefined && { data: apart }) };
}
