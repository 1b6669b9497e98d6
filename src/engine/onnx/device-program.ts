// A program whose state stays in a device's memory. What a run makes of it is what the next run reads; over the bus go
// the inputs and the outputs. The state is read back through a session of copies, for ONNX Runtime aborts where the data
// of a device's tensor is asked for.
import { sizeOf, type HostTensor, type HostTensors, type Program } from '../engine.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Graph, NamedValue } from '../graph/ir.ts';
import { inputPrefix, outputPrefix, statePrefix } from '../trace/trace.ts';
import { encodeModel } from './encode.ts';
import { checkInputs, feedsOf, hostTensors, named } from './host-tensors.ts';
import { allocate, bind, Session, type BoundTensor, type SessionOptions } from './session.ts';

export class DeviceProgram implements Program {
  readonly #graph: Graph;
  readonly #session: Session;
  readonly #options: SessionOptions;
  readonly #inputs: readonly NamedValue[];
  readonly #states: readonly NamedValue[];
  readonly #outputs: readonly NamedValue[];
  /** The state by its name: on the device after a run, in host memory where it was set. */
  readonly #state = new Map<string, BoundTensor>();
  #copies: Promise<Session> | undefined;

  private constructor(graph: Graph, session: Session, options: SessionOptions) {
    this.#graph = graph;
    this.#session = session;
    this.#options = options;
    this.#inputs = named(graph.inputs, inputPrefix);
    this.#states = named(graph.inputs, statePrefix);
    this.#outputs = named(graph.outputs, outputPrefix);
    for (const state of this.#states) this.#state.set(state.name, allocate(state));
  }

  static async create(graph: Graph, options: SessionOptions): Promise<DeviceProgram> {
    const states = named(graph.inputs, statePrefix).map(({ name }) => nextState(name));
    const session = await Session.create(encodeModel(graph), { ...options, onDevice: states });
    return new DeviceProgram(graph, session, options);
  }

  async run(inputs: HostTensors): Promise<HostTensors> {
    checkInputs(this.#inputs, inputs);
    const feeds = feedsOf(this.#graph.inputs, inputs, (name) => this.#state.get(name)!);
    const fetches = Object.fromEntries(this.#graph.outputs.map(({ name }) => [name, null]));
    const results = await this.#session.run(feeds, fetches);
    for (const { name } of this.#states) this.#replace(name, results[nextState(name)]!);
    return hostTensors(this.#outputs, (name) => results[outputPrefix + name]!);
  }

  async getState(): Promise<HostTensors> {
    if (this.#states.length === 0) return {};
    this.#copies ??= Session.create(encodeModel(copyOf(this.#states)), this.#options);
    const feeds = Object.fromEntries(this.#states.map(({ name }) => [name, this.#state.get(name)!]));
    const fetches = Object.fromEntries(this.#states.map(({ name }) => [copied(name), null]));
    const copies = await (await this.#copies).run(feeds, fetches);
    return hostTensors(this.#states, (name) => copies[copied(name)]!);
  }

  viewState(): Promise<HostTensors> {
    return this.getState();
  }

  setState(state: HostTensors): void {
    for (const { name, value } of this.#states) {
      const tensor: HostTensor | undefined = state[name];
      if (tensor?.data.length !== sizeOf(value.shape)) throw new Error(`state ${name} is missing`);
      this.#replace(name, bind(tensor.data.slice(), value.dtype, value.shape));
    }
  }

  async dispose(): Promise<void> {
    for (const tensor of this.#state.values()) tensor.dispose();
    this.#state.clear();
    await (await this.#copies)?.dispose();
    await this.#session.dispose();
  }

  #replace(name: string, tensor: BoundTensor): void {
    this.#state.get(name)?.dispose();
    this.#state.set(name, tensor);
  }
}

/** The output that becomes the state `name`. */
function nextState(name: string): string {
  return `${statePrefix}${name}'`;
}

function copied(name: string): string {
  return `${name}'`;
}

/** A graph that gives back what it takes. */
function copyOf(values: readonly NamedValue[]): Graph {
  const b = new GraphBuilder();
  return b.finish(
    values.map(({ name, value }) => ({ name: copied(name), value: b.copy(b.input(name, value)) })),
  );
}
