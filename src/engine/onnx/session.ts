// The one door to ONNX Runtime: sessions over encoded models, with feeds and preallocated fetches.
import ort, { type InferenceSession } from 'onnxruntime-node';
import type { Device } from '../engine-options.ts';
import { elements, type IrDType, type NamedValue } from '../graph/ir.ts';

export type RuntimeArray = Float32Array | Int32Array | Uint8Array;

/** A tensor bound to host memory that ONNX Runtime reads and writes in place. */
export type BoundTensor = ort.Tensor;

export interface SessionOptions {
  /** Threads inside an operator; 0 lets ONNX Runtime use all physical cores. */
  readonly threads: number;
  /** What computes: ONNX Runtime's execution provider of that name. */
  readonly device: Device;
  /** 'all' also packs constant weights into blocked layouts; 'basic' starts faster. */
  readonly optimization: 'basic' | 'extended' | 'all';
  /** Where to write ONNX Runtime's per-node profile, if anywhere. */
  readonly profilePrefix?: string;
  /** Outputs that stay in the device's memory. */
  readonly onDevice?: readonly string[];
}

/**
 * Most serial gaps in a graph are shorter. Of 2 threads on 2 processors a student's forward pass took 0.89 of its time and its
 * training step 0.9; two such processes at once took 1.12 of theirs, and 1.8 with the runtime's own, longer, waits.
 */
const awakeMicroseconds = '10';

export const runtimeVersion: string = ort.env.versions.node ?? 'unknown';

export class Session {
  readonly #session: InferenceSession;

  private constructor(session: InferenceSession) {
    this.#session = session;
  }

  static async create(model: Uint8Array, options: SessionOptions): Promise<Session> {
    const session = await ort.InferenceSession.create(model, {
      executionProviders: [options.device],
      intraOpNumThreads: options.threads,
      graphOptimizationLevel: options.optimization,
      logSeverityLevel: 3,
      // A pattern is one block for all tensors, made after the first run beside what that run took: a quarter more memory
      // of the process, for a step that is 0 to 4 % faster.
      ...(options.device === 'cpu' && { enableMemPattern: false }),
      extra: {
        session: {
          set_denormal_as_zero: '1',
          // Threads wait awake for the next operator, but neither long, as others may want the processor, nor between runs.
          intra_op: { allow_spinning: '1', spin_duration_us: awakeMicroseconds },
          force_spinning_stop: '1',
          // A node that the device cannot do is an error, and not a detour over the bus.
          ...(options.device !== 'cpu' && { disable_cpu_ep_fallback: '1' }),
        },
      },
      ...(options.onDevice && {
        preferredOutputLocation: Object.fromEntries(options.onDevice.map((name) => [name, 'gpu-buffer'])),
      }),
      ...(options.profilePrefix === undefined
        ? {}
        : { enableProfiling: true, profileFilePrefix: options.profilePrefix }),
    });
    return new Session(session);
  }

  /** Runs once; `fetches` names every output, with the tensor to write into or null to have one made. */
  async run(
    feeds: Record<string, BoundTensor>,
    fetches: Record<string, BoundTensor | null>,
  ): Promise<Record<string, BoundTensor>> {
    return await this.#session.run(feeds, fetches);
  }

  endProfiling(): void {
    this.#session.endProfiling();
  }

  async dispose(): Promise<void> {
    await this.#session.release();
  }
}

/** Wraps `data` without copying. */
export function bind(data: RuntimeArray, dtype: IrDType, shape: readonly number[]): BoundTensor {
  switch (dtype) {
    case 'float32':
      return new ort.Tensor('float32', data as Float32Array, shape);
    case 'int32':
      return new ort.Tensor('int32', data as Int32Array, shape);
    case 'bool':
      return new ort.Tensor('bool', data as Uint8Array, shape);
    case 'int64':
    case 'int8':
    case 'uint8':
      throw new Error(`${dtype} never crosses the boundary of a graph`);
  }
}

/** A zeroed tensor for a graph input or output. */
export function allocate({ value }: NamedValue): BoundTensor {
  const n = elements(value.shape);
  const data =
    value.dtype === 'float32'
      ? new Float32Array(n)
      : value.dtype === 'int32'
        ? new Int32Array(n)
        : new Uint8Array(n);
  return bind(data, value.dtype, value.shape);
}
