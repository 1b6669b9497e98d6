// The default engine: traces a function to a graph, encodes it as ONNX and runs it with ONNX Runtime. Pointwise updates
// of the state run as loops of their own, in place; other state is double-buffered: what a step writes is what the next
// step reads. Nothing is copied in between.
import type { Engine, HostTensor, HostTensors, Program, Signature, TensorFunction } from '../engine.ts';
import { sizeOf } from '../engine.ts';
import { checkGraph } from '../graph/check.ts';
import type { Graph, NamedValue } from '../graph/ir.ts';
import { inputPrefix, outputPrefix, statePrefix, trace } from '../trace/trace.ts';
import { splitUpdates, type PlannedUpdate, type SplitGraph } from '../updates/split-updates.ts';
import { loadUpdates, type LoadedUpdate } from '../updates/update-memory.ts';
import { blockedChannels } from './blocked-channels.ts';
import { encodeModel } from './encode.ts';
import { allocate, bind, runtimeVersion, Session, type BoundTensor, type SessionOptions } from './session.ts';

export type OnnxEngineOptions = Partial<SessionOptions>;

/** Makes the engine; by default ONNX Runtime's CPU provider on all physical cores. */
export function onnxEngine(options: OnnxEngineOptions = {}): Engine {
  const session: SessionOptions = {
    threads: 0,
    executionProviders: ['cpu'],
    optimization: 'all',
    ...options,
  };
  return {
    name: 'onnx',
    describe: () => ({
      engine: 'onnx',
      'onnxruntime-node': runtimeVersion,
      executionProviders: session.executionProviders.join(','),
      threads: String(session.threads),
    }),
    async compile(fn: TensorFunction, signature: Signature): Promise<Program> {
      const onCpu = session.executionProviders[0] === 'cpu';
      const graph = trace(fn, signature, {
        blockedChannels: onCpu ? await blockedChannels() : 0,
        fixedBatch: true,
      });
      checkGraph(graph);
      const split = splitUpdates(graph);
      checkGraph(split.graph);
      return new OnnxProgram(graph.inputs, split, await Session.create(encodeModel(split.graph), session));
    },
  };
}

/** A state tensor in the graph: the first of the pair is read, the second written, then they change places. */
interface DoubleBuffer {
  readonly name: string;
  pair: [BoundTensor, BoundTensor];
}

/** A loop with its arrays as the graph reads and writes them. */
interface BoundUpdate extends PlannedUpdate, Omit<LoadedUpdate, 'arrays'> {
  readonly tensors: readonly BoundTensor[];
}

class OnnxProgram implements Program {
  readonly #graph: Graph;
  readonly #session: Session;
  readonly #inputs: readonly NamedValue[];
  readonly #states: readonly NamedValue[];
  readonly #buffers: readonly DoubleBuffer[];
  readonly #updates: readonly BoundUpdate[];

  /** `inputs` and state of the function; what the updates alone read of them is no input of the graph. */
  constructor(inputs: readonly NamedValue[], { graph, updates }: SplitGraph, session: Session) {
    this.#graph = graph;
    this.#session = session;
    this.#inputs = named(inputs, inputPrefix);
    this.#states = named(inputs, statePrefix);
    const loaded = loadUpdates(updates.map(({ loop }) => loop));
    const shapes = new Map([...graph.inputs, ...graph.outputs].map(({ name, value }) => [name, value.shape]));
    this.#updates = updates.map((update, i) => ({
      ...update,
      run: loaded[i]!.run,
      tensors: loaded[i]!.arrays.map((data, k) => {
        const array = update.arrays[k]!;
        const name = 'state' in array ? statePrefix + array.state : array.output;
        return bind(data, 'float32', shapes.get(name) ?? [data.length]);
      }),
    }));
    const updated = new Set(
      this.#updates.flatMap(({ arrays }) => arrays.flatMap((a) => ('state' in a ? a.state : []))),
    );
    this.#buffers = this.#states
      .filter(({ name }) => !updated.has(name))
      .map((state) => ({ name: state.name, pair: [allocate(state), allocate(state)] }));
  }

  async run(inputs: HostTensors): Promise<HostTensors> {
    this.#checkInputs(inputs);
    const current = this.#currentState();
    const feeds = Object.fromEntries(
      this.#graph.inputs.map(({ name, value }): [string, BoundTensor] => {
        const state = stripped(name, statePrefix);
        if (state !== undefined) return [name, current.get(state)!];
        return [name, bind(inputs[stripped(name, inputPrefix)!]!.data, value.dtype, value.shape)];
      }),
    );
    const results = await this.#session.run(feeds, this.#fetches());
    for (const buffer of this.#buffers) buffer.pair = [buffer.pair[1], buffer.pair[0]];
    for (const { run, scalars } of this.#updates)
      run(
        scalars.map((scalar) =>
          Number(
            'output' in scalar
              ? results[scalar.output]!.data[0]
              : inputs[stripped(scalar.input, inputPrefix)!]!.data[0],
          ),
        ),
      );
    return Object.fromEntries(
      named(this.#graph.outputs, outputPrefix).map(({ name, value }) => [
        name,
        {
          shape: value.shape,
          dtype: value.dtype as HostTensor['dtype'],
          data: results[outputPrefix + name]!.data as HostTensor['data'],
        },
      ]),
    );
  }

  getState(): HostTensors {
    return Object.fromEntries(
      Object.entries(this.viewState()).map(([name, tensor]) => [
        name,
        { ...tensor, data: tensor.data.slice() },
      ]),
    );
  }

  viewState(): HostTensors {
    const current = this.#currentState();
    return Object.fromEntries(
      this.#states.map(({ name, value }) => [
        name,
        {
          shape: value.shape,
          dtype: value.dtype as HostTensor['dtype'],
          data: current.get(name)!.data as HostTensor['data'],
        },
      ]),
    );
  }

  setState(state: HostTensors): void {
    for (const [name, { data }] of this.#currentState()) {
      const tensor = state[name];
      if (tensor === undefined) throw new Error(`state ${name} is missing`);
      (data as Float32Array).set(tensor.data);
    }
  }

  async dispose(): Promise<void> {
    await this.#session.dispose();
  }

  /** The state's tensors as the next run reads them. */
  #currentState(): Map<string, BoundTensor> {
    const updated = this.#updates.flatMap(({ arrays, tensors }) =>
      arrays.flatMap((array, i): [string, BoundTensor][] =>
        'state' in array ? [[array.state, tensors[i]!]] : [],
      ),
    );
    return new Map([
      ...updated,
      ...this.#buffers.map(({ name, pair }): [string, BoundTensor] => [name, pair[0]]),
    ]);
  }

  /** Where the graph's outputs go; null has the runtime make room. */
  #fetches(): Record<string, BoundTensor | null> {
    return Object.fromEntries([
      ...this.#graph.outputs.map(({ name }): [string, BoundTensor | null] => [name, null]),
      ...this.#buffers.map(({ name, pair }): [string, BoundTensor] => [`${statePrefix}${name}'`, pair[1]]),
      ...this.#updates.flatMap(({ arrays, tensors }) =>
        arrays.flatMap((array, i): [string, BoundTensor][] =>
          'output' in array ? [[array.output, tensors[i]!]] : [],
        ),
      ),
    ]);
  }

  #checkInputs(inputs: HostTensors): void {
    for (const { name, value } of this.#inputs) {
      const tensor = inputs[name];
      if (tensor === undefined) throw new Error(`input ${name} is missing`);
      if (tensor.dtype !== value.dtype || tensor.data.length !== sizeOf(value.shape)) {
        throw new Error(
          `input ${name} is ${tensor.dtype}[${tensor.shape.join()}], compiled for ${value.dtype}[${value.shape.join()}]`,
        );
      }
    }
  }
}

/** The values whose names begin with `prefix`, by the rest of their names. */
function named(values: readonly NamedValue[], prefix: string): NamedValue[] {
  return values.flatMap(({ name, value }) => {
    const rest = stripped(name, prefix);
    return rest === undefined ? [] : [{ name: rest, value }];
  });
}

function stripped(name: string, prefix: string): string | undefined {
  return name.startsWith(prefix) ? name.slice(prefix.length) : undefined;
}
