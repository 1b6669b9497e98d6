// The default engine: traces a function to a graph, encodes it as ONNX and runs it with ONNX Runtime. State is
// double-buffered: what a step writes is what the next step reads, and nothing is copied in between.
import type { Engine, HostTensor, HostTensors, Program, Signature, TensorFunction } from '../engine.ts';
import { sizeOf } from '../engine.ts';
import { checkGraph } from '../graph/check.ts';
import type { Graph, NamedValue } from '../graph/ir.ts';
import { inputPrefix, outputPrefix, statePrefix, trace } from '../trace/trace.ts';
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
      return new OnnxProgram(graph, await Session.create(encodeModel(graph), session));
    },
  };
}

class OnnxProgram implements Program {
  readonly #graph: Graph;
  readonly #session: Session;
  /** Buffers of each state tensor; the first is read, the second written, then they change places. */
  readonly #buffers: readonly {
    readonly name: string;
    readonly spec: NamedValue;
    pair: [BoundTensor, BoundTensor];
  }[];

  constructor(graph: Graph, session: Session) {
    this.#graph = graph;
    this.#session = session;
    this.#buffers = graph.inputs
      .filter(({ name }) => name.startsWith(statePrefix))
      .map((spec) => ({
        name: spec.name.slice(statePrefix.length),
        spec,
        pair: [allocate(spec), allocate(spec)],
      }));
  }

  async run(inputs: HostTensors): Promise<HostTensors> {
    const feeds: Record<string, BoundTensor> = {};
    const fetches: Record<string, BoundTensor | null> = {};
    for (const { name, value } of this.#graph.inputs) {
      if (!name.startsWith(inputPrefix)) continue;
      const tensor = inputs[name.slice(inputPrefix.length)];
      if (tensor === undefined) throw new Error(`input ${name.slice(inputPrefix.length)} is missing`);
      if (tensor.dtype !== value.dtype || tensor.data.length !== sizeOf(value.shape)) {
        throw new Error(
          `input ${name} is ${tensor.dtype}[${tensor.shape.join()}], compiled for ${value.dtype}[${value.shape.join()}]`,
        );
      }
      feeds[name] = bind(tensor.data, value.dtype, value.shape);
    }
    for (const { spec, pair } of this.#buffers) {
      feeds[spec.name] = pair[0];
      fetches[`${spec.name}'`] = pair[1];
    }
    for (const { name } of this.#graph.outputs) if (name.startsWith(outputPrefix)) fetches[name] = null;
    const results = await this.#session.run(feeds, fetches);
    for (const buffer of this.#buffers) buffer.pair = [buffer.pair[1], buffer.pair[0]];
    return Object.fromEntries(
      this.#graph.outputs
        .filter(({ name }) => name.startsWith(outputPrefix))
        .map(({ name, value }) => [
          name.slice(outputPrefix.length),
          {
            shape: value.shape,
            dtype: value.dtype as HostTensor['dtype'],
            data: results[name]!.data as HostTensor['data'],
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
    return Object.fromEntries(
      this.#buffers.map(({ name, spec, pair }) => [
        name,
        {
          shape: spec.value.shape,
          dtype: spec.value.dtype as HostTensor['dtype'],
          data: pair[0].data as HostTensor['data'],
        },
      ]),
    );
  }

  setState(state: HostTensors): void {
    for (const { name, pair } of this.#buffers) {
      const tensor = state[name];
      if (tensor === undefined) throw new Error(`state ${name} is missing`);
      (pair[0].data as Float32Array).set(tensor.data);
    }
  }

  async dispose(): Promise<void> {
    await this.#session.dispose();
  }
}
