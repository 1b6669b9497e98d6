// The engine port. Models, losses and optimizers are pure functions over TF.js tensors; an engine turns such a
// function into a program that runs fast. Engines: onnx (default), reference (tfjs-backend-cpu), tensorflow.
import type * as tf from '@tensorflow/tfjs-core';
import { InvariantError } from '../errors.ts';
import type { LayerTreatment } from './layer-treatment.ts';

export type DType = 'float32' | 'int32' | 'bool';

/** Shape and dtype of a tensor. */
export interface TensorSpec {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** A dense row-major tensor in host memory; bool tensors hold 0 or 1 bytes. */
export interface HostTensor extends TensorSpec {
  readonly data: Float32Array | Int32Array | Uint8Array;
}

export type HostTensors = Readonly<Record<string, HostTensor>>;
export type TensorSpecs = Readonly<Record<string, TensorSpec>>;
/** Named TF.js tensors, as a traced function sees them. */
export type Tensors = Readonly<Record<string, tf.Tensor>>;

/** What a program takes. `constants` are baked in when it is compiled (frozen weights: engines pack them). */
export interface Signature {
  /** Carried from call to call inside the program: weights in training, optimizer moments, EMA. */
  readonly state?: TensorSpecs;
  readonly constants?: HostTensors;
  readonly inputs: TensorSpecs;
  /** What becomes of convolutions whose filters are constants; the onnx engine alone, on the CPU, has another than float32. */
  readonly layers?: LayerTreatment;
}

export interface FunctionArgs {
  readonly state: Tensors;
  readonly constants: Tensors;
  readonly inputs: Tensors;
}

export interface FunctionResult {
  /** Must have exactly the names, shapes and dtypes of `signature.state` when that is given. */
  readonly state?: Tensors;
  readonly outputs: Tensors;
}

/** A pure function of TF.js tensors: no randomness, no I/O, no reads of tensor values. */
export type TensorFunction = (args: FunctionArgs) => FunctionResult;

/** A compiled function with its state. */
export interface Program {
  /**
   * One call: reads `inputs` and the state, replaces the state, returns the outputs. The event loop turns once before
   * the promise resolves (event-loop.ts), so that a process hears signals between two runs.
   */
  run(inputs: HostTensors): Promise<HostTensors>;
  /** A copy of the state in host memory. */
  getState(): Promise<HostTensors>;
  /** The state itself where the engine can show it without a copy: read only, and only until the next run. */
  viewState(): Promise<HostTensors>;
  setState(state: HostTensors): void;
  dispose(): Promise<void>;
}

export interface Engine {
  readonly name: 'onnx' | 'reference' | 'tensorflow';
  /** Compiles `fn`. Throws UnsupportedOpError by name for an op that the engine cannot run. */
  compile(fn: TensorFunction, signature: Signature): Promise<Program>;
  /** Versions and devices that decide the bits of the result, for manifests. */
  describe(): Readonly<Record<string, string>>;
}

/** Throws InvariantError where a signature asks for layers as `whose` programs do not have them. */
export function refuseLayers({ layers }: Signature, whose: string): void {
  if (layers) throw new InvariantError(`${whose} has no layers of the kind ${layers.kind}`);
}

/** Number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}
