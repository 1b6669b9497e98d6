// A UNet as an ONNX file for any runtime: batch size open, weights inside under their names, or in a file beside it
// where the model would exceed what the format allows.
import path from 'node:path';
import { writeFileAtomic, writeStreamAtomic } from '../files/atomic-file.ts';
import { sizeOf, type TensorSpec } from '../engine/engine.ts';
import { checkGraph } from '../engine/graph/check.ts';
import type { Graph, NamedValue } from '../engine/graph/ir.ts';
import { encodeModel, type ModelWeight } from '../engine/onnx/encode.ts';
import { inputPrefix, outputPrefix, trace } from '../engine/trace/trace.ts';
import type { UNetConfig } from '../models/unet/unet-config.ts';
import { unet, unetSpec } from '../models/unet/unet.ts';
import type { Params } from '../nn/params.ts';
import { openBatch } from './dynamic-batch.ts';
import { standardOps } from '../engine/graph/standard-ops.ts';

export interface OnnxExportOptions {
  /** Length of the context of conditional UNets. */
  readonly contextTokens?: number | undefined;
  /** Keep ONNX Runtime's fused operators (domain com.microsoft). */
  readonly allowContrib?: boolean;
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
 * conditional UNets, `encoder_hidden_states` [batch, tokens, width]; output: `out_sample`, the predicted noise.
 */
export async function writeOnnx(
  file: string,
  config: UNetConfig,
  read: (name: string) => Promise<Float32Array>,
  options: OnnxExportOptions = {},
): Promise<OnnxFiles> {
  const graph = unetGraph(config, options);
  const specs = unetSpec(config);
  const total = specs.reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);
  const weights = new Map<string, ModelWeight>();
  if (total <= (options.inlineLimit ?? protobufLimit)) {
    for (const { name } of specs) weights.set(name, await read(name));
    await writeFileAtomic(file, encodeModel(graph, { batchName: 'batch', weights }));
    return { model: file };
  }
  const data = `${file}.data`;
  let offset = 0;
  await writeStreamAtomic(data, async (write) => {
    for (const { name } of specs) {
      const numbers = await read(name);
      await write(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength));
      weights.set(name, { location: path.basename(data), offset, length: numbers.byteLength });
      offset += numbers.byteLength;
    }
  });
  await writeFileAtomic(file, encodeModel(graph, { batchName: 'batch', weights }));
  return { model: file, data };
}

/** Batch sizes of the traces: above 1, as axes of extent 1 vanish in a trace. */
const [traceBatch, otherBatch] = [2, 3];

/** The forward pass with an open batch; weights are inputs by their names. */
export function unetGraph(config: UNetConfig, options: OnnxExportOptions = {}): Graph {
  const at = (batch: number): Graph => {
    const traced = traceUnet(config, batch, options.contextTokens);
    return options.allowContrib === true ? traced : standardOps(traced);
  };
  const graph = at(traceBatch);
  checkGraph(graph);
  return openBatch(graph, at(otherBatch));
}

const publicNames: Readonly<Record<string, string>> = {
  x: 'sample',
  t: 'timestep',
  context: 'encoder_hidden_states',
  epsilon: 'out_sample',
};
const weightPrefix = 'weight/';

function traceUnet(config: UNetConfig, batch: number, contextTokens = 1): Graph {
  const specs = unetSpec(config);
  const contextDim = config.spatialTransformer?.contextDim;
  const float = (shape: readonly number[]): TensorSpec => ({ shape, dtype: 'float32' });
  const inputs = {
    x: float([batch, config.inChannels, config.imageSize, config.imageSize]),
    t: float([batch]),
    ...(contextDim === undefined ? {} : { context: float([batch, contextTokens, contextDim]) }),
    ...Object.fromEntries(specs.map(({ name, shape }) => [weightPrefix + name, float(shape)])),
  };
  const graph = trace(
    (args) => {
      const weights: Params = Object.fromEntries(
        specs.map(({ name }) => [name, args.inputs[weightPrefix + name]!]),
      );
      const { x, t, context } = args.inputs;
      return { outputs: { epsilon: unet(weights, config, x!, t!, context && { context }).output } };
    },
    { inputs },
  );
  const publish = (prefix: string) => (named: NamedValue) => {
    const name = named.name.slice(prefix.length);
    const isWeight = name.startsWith(weightPrefix);
    return { ...named, name: isWeight ? name.slice(weightPrefix.length) : (publicNames[name] ?? name) };
  };
  return {
    ...graph,
    inputs: graph.inputs.map(publish(inputPrefix)),
    outputs: graph.outputs.map(publish(outputPrefix)),
  };
}
