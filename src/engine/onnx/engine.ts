// The default engine: traces a function to a graph, encodes it as ONNX and runs it with ONNX Runtime. Pointwise updates
// of the state run as loops of their own, in place; other state is double-buffered: what a step writes is what the next
// step reads. Nothing is copied in between.
import {
  refuseLayers,
  type Engine,
  type HostTensors,
  type Program,
  type Signature,
  type TensorFunction,
} from '../engine.ts';
import { letEventLoopTurn } from '../event-loop.ts';
import { instructionSet } from '../instruction-set.ts';
import { checkGraph } from '../graph/check.ts';
import { observed, onIntegers } from '../graph/int8-layers.ts';
import { standardOps } from '../graph/standard-ops.ts';
import type { Graph, NamedValue } from '../graph/ir.ts';
import { inputPrefix, outputPrefix, statePrefix, trace } from '../trace/trace.ts';
import { splitUpdates, type PlannedUpdate, type SplitGraph } from '../updates/split-updates.ts';
import { loadUpdates, type LoadedUpdate } from '../updates/update-memory.ts';
import { blockedChannels } from './blocked-channels.ts';
import { encodeModel } from './encode.ts';
import { DeviceProgram } from './device-program.ts';
import { checkInputs, feedsOf, hostTensors, inputOf, named } from './host-tensors.ts';
import { allocate, bind, runtimeVersion, Session, type BoundTensor, type SessionOptions } from './session.ts';

export type OnnxEngineOptions = Partial<SessionOptions>;

/** Makes the engine; by default ONNX Runtime's CPU provider on all physical cores. */
export function onnxEngine(options: OnnxEngineOptions = {}): Engine {
  const session: SessionOptions = { threads: 0, device: 'cpu', optimization: 'all', ...options };
  return letEventLoopTurn({
    name: 'onnx',
    describe: () => ({
      engine: 'onnx',
      'onnxruntime-node': runtimeVersion,
      executionProviders: session.device,
      ...(session.device === 'cpu' && { instructions: instructionSet() }),
      threads: String(session.threads),
    }),
    compile: (fn, signature) => compileFor[session.device](fn, signature, session),
  });
}

type Compile = (fn: TensorFunction, signature: Signature, options: SessionOptions) => Promise<Program>;

const compileFor: Readonly<Record<SessionOptions['device'], Compile>> = {
  async cpu(fn, signature, options) {
    const traced = trace(fn, signature, { blockedChannels: await blockedChannels(), fixedBatch: true });
    checkGraph(traced);
    const graph = treated(traced, signature);
    if (graph !== traced) checkGraph(graph);
    const split = splitUpdates(graph);
    checkGraph(split.graph);
    return new OnnxProgram(graph.inputs, split, await Session.create(encodeModel(split.graph), options));
  },
  async webgpu(fn, signature, options) {
    refuseLayers(signature, 'the device webgpu');
    const graph = standardOps(
      trace(fn, signature, { blockedChannels: 0, fixedBatch: false, polynomialAngles: true }),
    );
    checkGraph(graph);
    return DeviceProgram.create(graph, options);
  },
};

/** The graph with its convolutions as the signature wants them. */
function treated(graph: Graph, { layers, constants = {} }: Signature): Graph {
  switch (layers?.kind) {
    case undefined:
      return graph;
    case 'observed':
      return observed(graph, (name) => outputPrefix + name);
    case 'int8':
      return onIntegers(graph, layers.layers, (name) => constants[name]!.data as Float32Array);
  }
}

/** Buffers of a state tensor: the first is read, the second written, then they change places. */
type Pair = [BoundTensor, BoundTensor];

class OnnxProgram implements Program {
  readonly #graph: Graph;
  readonly #session: Session;
  readonly #inputs: readonly NamedValue[];
  readonly #states: readonly NamedValue[];
  readonly #outputs: readonly NamedValue[];
  readonly #updates: readonly (Pick<PlannedUpdate, 'scalars'> & Pick<LoadedUpdate, 'run'>)[];
  /** What the updates work on, by its name in the graph: state, and what they take from the graph. */
  readonly #inPlace: ReadonlyMap<string, BoundTensor>;
  /** All other state, by its name. */
  readonly #pairs = new Map<string, Pair>();

  /** `inputs` and state of the function; what the updates alone read of them is no input of the graph. */
  constructor(inputs: readonly NamedValue[], { graph, updates }: SplitGraph, session: Session) {
    this.#graph = graph;
    this.#session = session;
    this.#inputs = named(inputs, inputPrefix);
    this.#states = named(inputs, statePrefix);
    this.#outputs = named(graph.outputs, outputPrefix);
    const loaded = loadUpdates(updates.map(({ loop }) => loop));
    this.#updates = updates.map(({ scalars }, i) => ({ scalars, run: loaded[i]!.run }));
    const shapes = new Map([...graph.inputs, ...graph.outputs].map(({ name, value }) => [name, value.shape]));
    this.#inPlace = new Map(
      updates.flatMap(({ arrays }, i) =>
        arrays.map((array, k): [string, BoundTensor] => {
          const name = 'state' in array ? statePrefix + array.state : array.output;
          const data = loaded[i]!.arrays[k]!;
          return [name, bind(data, 'float32', shapes.get(name) ?? [data.length])];
        }),
      ),
    );
    for (const state of this.#states)
      if (!this.#inPlace.has(statePrefix + state.name))
        this.#pairs.set(state.name, [allocate(state), allocate(state)]);
  }

  async run(inputs: HostTensors): Promise<HostTensors> {
    checkInputs(this.#inputs, inputs);
    const feeds = feedsOf(this.#graph.inputs, inputs, (name) => this.#stateOf(name));
    const fetches: Record<string, BoundTensor | null> = {};
    // null has the runtime make room.
    for (const { name } of this.#graph.outputs) fetches[name] = this.#inPlace.get(name) ?? null;
    for (const [name, pair] of this.#pairs) fetches[`${statePrefix}${name}'`] = pair[1];
    const results = await this.#session.run(feeds, fetches);
    for (const pair of this.#pairs.values()) pair.reverse();
    for (const { run, scalars } of this.#updates)
      run(
        scalars.map((scalar) => {
          const { data } = 'output' in scalar ? results[scalar.output]! : inputOf(inputs, scalar.input);
          return Number(data[0]);
        }),
      );
    return hostTensors(this.#outputs, (name) => results[outputPrefix + name]!);
  }

  async getState(): Promise<HostTensors> {
    return Object.fromEntries(
      Object.entries(await this.viewState()).map(([name, tensor]) => [
        name,
        { ...tensor, data: tensor.data.slice() },
      ]),
    );
  }

  viewState(): Promise<HostTensors> {
    return Promise.resolve(hostTensors(this.#states, (name) => this.#stateOf(name)));
  }

  setState(state: HostTensors): void {
    for (const { name } of this.#states) {
      const tensor = state[name];
      if (tensor === undefined) throw new Error(`state ${name} is missing`);
      (this.#stateOf(name).data as Float32Array).set(tensor.data);
    }
  }

  async dispose(): Promise<void> {
    await this.#session.dispose();
  }

  /** A tensor of the state as the next run reads it. */
  #stateOf(name: string): BoundTensor {
    return this.#inPlace.get(statePrefix + name) ?? this.#pairs.get(name)![0];
  }
}
