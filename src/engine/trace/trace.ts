// Tracing: runs a function once over tensors that hold no numbers, on a TF.js backend whose kernels record
// graph nodes. TF.js's autodiff is made of the same kernels, so gradients are traced with everything else; who takes them
// has them registered (union-package.ts).
import * as tf from '@tensorflow/tfjs-core';
import type {
  FunctionResult,
  HostTensor,
  Signature,
  TensorFunction,
  TensorSpec,
  TensorSpecs,
  Tensors,
} from '../engine.ts';
import { GraphBuilder, type GraphOptions } from '../graph/builder.ts';
import { sameShape, type Graph, type IrArray, type NamedValue, type Value } from '../graph/ir.ts';
import { convKernels } from '../lower/conv.ts';
import { elementwiseKernels } from '../lower/elementwise.ts';
import { fusedKernels } from '../lower/fused.ts';
import type { KernelTable } from '../lower/kernel-table.ts';
import { layoutKernels } from '../lower/layout.ts';
import { matmulKernels } from '../lower/matmul.ts';
import { reduceKernels } from '../lower/reduce.ts';
import { unaryKernels } from '../lower/unary.ts';

/** An op with no lowering: named, so that the reader knows what to replace or to lower. */
export class UnsupportedOpError extends Error {
  readonly op: string;

  constructor(op: string) {
    super(
      `the onnx engine has no lowering for TF.js kernel ${op}; use --engine reference or add it in src/engine/lower`,
    );
    this.name = 'UnsupportedOpError';
    this.op = op;
  }
}

const backendName = 'sdx-trace';

/** All lowered kernels by TF.js name. */
export const kernels: KernelTable = {
  ...elementwiseKernels,
  ...unaryKernels,
  ...layoutKernels,
  ...reduceKernels,
  ...matmulKernels,
  ...convKernels,
  ...fusedKernels,
};

class TracingBackend extends tf.KernelBackend {
  #builder: GraphBuilder | undefined;
  readonly #values = new WeakMap<object, Value>();
  #live = 0;

  get builder(): GraphBuilder {
    if (this.#builder === undefined) throw new Error('no trace is running');
    return this.#builder;
  }

  /** Runs `body` with a fresh builder. */
  record<T>(body: (builder: GraphBuilder) => T, options?: GraphOptions): T {
    if (this.#builder !== undefined) throw new Error('traces do not nest');
    this.#builder = new GraphBuilder(options);
    try {
      return body(this.#builder);
    } finally {
      this.#builder = undefined;
    }
  }

  /** Makes a TF.js tensor handle for a value. */
  wrap(value: Value): tf.TensorInfo {
    const dataId = {};
    this.#values.set(dataId, value);
    this.#live++;
    return { dataId, shape: [...value.shape], dtype: value.dtype as tf.DataType };
  }

  valueBehind(info: tf.TensorInfo): Value {
    const value = this.#values.get(info.dataId);
    if (value === undefined)
      throw new Error(
        'a tensor made outside of the traced function was used in it: pass it as an input or constant',
      );
    return value;
  }

  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): tf.DataId {
    if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool')
      throw new Error(`dtype ${dtype} cannot be traced`);
    return this.wrap(this.builder.constant(values as IrArray, { shape, dtype })).dataId;
  }

  override readSync(dataId: object): tf.BackendValues {
    const value = this.#values.get(dataId);
    const data = value && this.builder.constantData(value);
    if (data === undefined || data instanceof BigInt64Array || data instanceof Int8Array)
      throw new Error('a traced function must not read the values of its tensors');
    return data;
  }

  override read(dataId: object): Promise<tf.BackendValues> {
    return Promise.resolve(this.readSync(dataId));
  }

  override disposeData(): boolean {
    this.#live--;
    return true;
  }

  override numDataIds(): number {
    return this.#live;
  }

  override refCount(): number {
    return 1;
  }

  override incRef(): void {
    // Values live as long as the graph.
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }
}

let backend: TracingBackend | undefined;

/** The backend, registered with its kernels on first use. */
function tracingBackend(): TracingBackend {
  if (backend !== undefined) return backend;
  tf.env().set('PROD', true); // no banner
  const created = new TracingBackend();
  tf.registerBackend(backendName, () => created, 0);
  for (const [kernelName, lower] of Object.entries(kernels)) {
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, attrs }) => {
        const values = Object.fromEntries(
          Object.entries(inputs).flatMap(([name, info]) =>
            info === undefined ? [] : [[name, created.valueBehind(info)]],
          ),
        );
        const result = lower(created.builder, values, attrs ?? {});
        return Array.isArray(result) ? result.map((value) => created.wrap(value)) : created.wrap(result);
      },
    });
  }
  backend = created;
  return created;
}

/** Prefixes of graph input and output names, by the role of the tensor. */
export const statePrefix = 'state/';
export const inputPrefix = 'in/';
export const outputPrefix = 'out/';

/** The name behind `prefix`; undefined for the name of another role. */
export function nameBehind(prefix: string, name: string): string | undefined {
  return name.startsWith(prefix) ? name.slice(prefix.length) : undefined;
}

/** A signature whose constants may be without content, where the graph is not to be run. */
export type TraceSignature = Omit<Signature, 'constants'> & {
  readonly constants?: Readonly<Record<string, TensorSpec & Partial<Pick<HostTensor, 'data'>>>>;
};

/**
 * Traces `fn`. Graph inputs are `state/<name>` and `in/<name>`, outputs `state/<name>'` and `out/<name>`;
 * constants become graph constants. Throws UnsupportedOpError for a kernel that has no lowering.
 */
export function trace(fn: TensorFunction, signature: TraceSignature, options?: GraphOptions): Graph {
  const tracer = tracingBackend();
  const previous = tf.getBackend();
  tf.setBackend(backendName) as unknown;
  try {
    return tracer.record((builder) => {
      const outputs: NamedValue[] = [];
      tf.tidy(() => {
        const tensorOf = (value: Value) => tf.engine().makeTensorFromTensorInfo(tracer.wrap(value));
        const named = (specs: TensorSpecs, prefix: string): Tensors =>
          Object.fromEntries(
            Object.entries(specs).map(([name, spec]) => [name, tensorOf(builder.input(prefix + name, spec))]),
          );
        const constants = Object.fromEntries(
          Object.entries(signature.constants ?? {}).map(([name, t]) => [
            name,
            tensorOf(t.data === undefined ? builder.absentConstant(t) : builder.weight(name, t.data, t)),
          ]),
        );
        const state = signature.state ?? {};
        const result = fn({
          state: named(state, statePrefix),
          inputs: named(signature.inputs, inputPrefix),
          constants,
        });
        checkState(state, result);
        for (const [name, tensor] of Object.entries(result.state ?? {}))
          outputs.push({ name: `${statePrefix}${name}'`, value: tracer.valueBehind(tensor) });
        for (const [name, tensor] of Object.entries(result.outputs))
          outputs.push({ name: outputPrefix + name, value: tracer.valueBehind(tensor) });
      });
      return builder.finish(outputs.map(({ name, value }) => ({ name, value: builder.copy(value) })));
    }, options);
  } catch (error) {
    throw unsupported(error) ?? error;
  } finally {
    if (previous) tf.setBackend(previous) as unknown;
  }
}

function checkState(specs: TensorSpecs, result: FunctionResult): void {
  const state = result.state ?? {};
  for (const name of new Set([...Object.keys(specs), ...Object.keys(state)])) {
    const [spec, tensor] = [specs[name], state[name]];
    if (spec === undefined || tensor === undefined)
      throw new Error(`state ${name} is ${spec ? 'not returned' : 'not in the signature'}`);
    if (!sameShape(spec.shape, tensor.shape) || spec.dtype !== tensor.dtype) {
      throw new Error(
        `state ${name} changes from ${spec.dtype}[${spec.shape.join()}] to ${tensor.dtype}[${tensor.shape.join()}]`,
      );
    }
  }
}

/** TF.js's "Kernel 'X' not registered for backend" as an UnsupportedOpError. */
function unsupported(error: unknown): UnsupportedOpError | undefined {
  const message = error instanceof Error ? error.message : '';
  const match =
    /Kernel '(\w+)' not registered/.exec(message) ?? /Cannot find .*kernel '?(\w+)'?/.exec(message);
  return match?.[1] === undefined ? undefined : new UnsupportedOpError(match[1]);
}
