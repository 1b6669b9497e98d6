// A function of networks as a graph for any runtime: its batch size open, its weights named, standard operators alone.
import type { DType, TensorSpec, Tensors } from '../../engine/engine.ts';
import { checkGraph } from '../../engine/graph/check.ts';
import { onIntegers } from '../../engine/graph/int8-layers.ts';
import type { Int8Layers } from '../../engine/layer-treatment.ts';
import type { Graph, NamedValue } from '../../engine/graph/ir.ts';
import { standardOps } from '../../engine/graph/standard-ops.ts';
import { inputPrefix, nameBehind, outputPrefix } from '../../engine/trace/trace.ts';
import { traceNetwork, weightBehind } from '../../models/traced-network.ts';
import type { Params, ParamSpec } from '../../nn/params.ts';
import { openBatch } from './dynamic-batch.ts';

/** Of one sample: an input of the graph is [batch, ...shape]. */
export interface SampleSpec {
  readonly shape: readonly number[];
  readonly dtype?: DType;
}

/** A function of batches, and of weights by their names. */
export interface BatchFunction {
  readonly inputs: Readonly<Record<string, SampleSpec>>;
  readonly weights: readonly ParamSpec[];
  readonly compute: (weights: Params, inputs: Tensors) => Tensors;
}

export interface OpenGraphOptions {
  /** Keep ONNX Runtime's fused operators (domain com.microsoft). */
  readonly allowContrib?: boolean | undefined;
  /** Layers to compute on integers; none if absent. */
  readonly quantized?: QuantizedLayers | undefined;
}

/** Layers that compute on integers, and their filters as numbers, by name. */
export interface QuantizedLayers {
  readonly layers: Int8Layers;
  readonly filters: ReadonlyMap<string, Float32Array>;
}

/** Batch sizes of the traces: above 1, as axes of extent 1 vanish in a trace. */
const [traceBatch, otherBatch] = [2, 3];

/**
 * The graph of `fn`; inputs, outputs and weights keep their names, and weights are inputs: those that it uses, as a decoder
 * uses none of its encoder's.
 */
export function openGraph(
  fn: BatchFunction,
  { allowContrib = false, quantized }: OpenGraphOptions = {},
): Graph {
  const at = (batch: number): Graph => {
    const traced = traceAt(fn, batch);
    const graph = allowContrib ? traced : standardOps(traced);
    return quantized ? onIntegers(graph, quantized.layers, (name) => quantized.filters.get(name)!) : graph;
  };
  const graph = at(traceBatch);
  checkGraph(graph);
  const open = openBatch(graph, at(otherBatch));
  const used = new Set(open.nodes.flatMap(({ inputs }) => inputs));
  return { ...open, inputs: open.inputs.filter(({ name, value }) => name in fn.inputs || used.has(value)) };
}

function traceAt({ inputs, weights, compute }: BatchFunction, batch: number): Graph {
  const batches = Object.entries(inputs).map(([name, { shape, dtype = 'float32' }]): [string, TensorSpec] => [
    name,
    { shape: [batch, ...shape], dtype },
  ]);
  const graph = traceNetwork({ specs: weights, inputs: Object.fromEntries(batches), apply: compute });
  const renamed = (of: readonly NamedValue[], nameOf: (name: string) => string | undefined): NamedValue[] =>
    of.map(({ name, value }) => ({ name: nameOf(name)!, value }));
  return {
    ...graph,
    inputs: renamed(graph.inputs, (name) => weightBehind(name) ?? nameBehind(inputPrefix, name)),
    outputs: renamed(graph.outputs, (name) => nameBehind(outputPrefix, name)),
  };
}
