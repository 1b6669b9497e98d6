// A network as a graph whose weights are inputs under their names: what it costs, which of its channels go together and what
// other programs run of it are read from such graphs.
import type { TensorSpec, TensorSpecs, Tensors } from '../engine/engine.ts';
import type { Graph } from '../engine/graph/ir.ts';
import { inputPrefix, nameBehind, trace } from '../engine/trace/trace.ts';
import type { Params, ParamSpec } from '../nn/params.ts';

/** A network as a function of its parameters and of inputs by name. */
export interface TraceableNetwork {
  readonly specs: readonly ParamSpec[];
  readonly inputs: TensorSpecs;
  readonly apply: (weights: Params, inputs: Tensors) => Tensors;
}

const weightPrefix = 'weight/';

/** The graph of one run; its inputs are the network's, then its weights. Throws UnsupportedOpError as `trace` does. */
export function traceNetwork({ specs, inputs, apply }: TraceableNetwork): Graph {
  const weightInputs = specs.map(({ name, shape }): [string, TensorSpec] => [
    weightPrefix + name,
    { shape, dtype: 'float32' },
  ]);
  return trace(
    (args) => {
      const weights = specs.map(({ name }) => [name, args.inputs[weightPrefix + name]!] as const);
      return { outputs: apply(Object.fromEntries(weights), args.inputs) };
    },
    { inputs: { ...inputs, ...Object.fromEntries(weightInputs) } },
  );
}

/** The name of the weight that an input of such a graph is; undefined for an input of the network itself. */
export function weightBehind(input: string): string | undefined {
  return nameBehind(inputPrefix + weightPrefix, input);
}
