// The memory that update loops work in: the vectors of a loop lie in one WebAssembly memory, and ONNX Runtime reads and
// writes them in place.
import { lanes, updateModule, type UpdateLoop } from './update-loop.ts';

/** A loop with its vectors. */
export interface LoadedUpdate {
  /** One for each array of the loop, all 0 at first. */
  readonly arrays: readonly Float32Array[];
  /** Runs the loop once over the arrays. */
  readonly run: (scalars: readonly number[]) => void;
}

const pageBytes = 65_536;
/** A memory is at most this large; WebAssembly's own limit is twice that. */
const memoryBytes = 2 ** 31;

/** Loads loops, those that fit together in one memory each. Throws RangeError where the system has no memory left. */
export function loadUpdates(loops: readonly UpdateLoop[]): LoadedUpdate[] {
  const modules = new Map<string, WebAssembly.Module>();
  const moduleOf = (loop: UpdateLoop): WebAssembly.Module => {
    const bytes = updateModule(loop);
    const key = bytes.join();
    const module = modules.get(key) ?? new WebAssembly.Module(bytes);
    modules.set(key, module);
    return module;
  };
  return batches(loops).flatMap((batch) => {
    const bytes = batch.reduce((sum, loop) => sum + bytesOf(loop), 0);
    const pages = Math.ceil(bytes / pageBytes);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const instances = new Map<WebAssembly.Module, WebAssembly.Instance>();
    let taken = 0;
    return batch.map((loop): LoadedUpdate => {
      const module = moduleOf(loop);
      const instance = instances.get(module) ?? new WebAssembly.Instance(module, { host: { memory } });
      instances.set(module, instance);
      const stride = arrayBytes(loop);
      const offsets = Array.from({ length: loop.arrays }, (_, i) => taken + i * stride);
      taken += bytesOf(loop);
      const entry = instance.exports['run'] as (...args: number[]) => void;
      return {
        arrays: offsets.map((offset) => new Float32Array(memory.buffer, offset, loop.size)),
        run: (scalars) => {
          entry(stride, ...offsets, ...scalars);
        },
      };
    });
  });
}

function arrayBytes({ size }: UpdateLoop): number {
  return Math.ceil(size / lanes) * lanes * Float32Array.BYTES_PER_ELEMENT;
}

function bytesOf(loop: UpdateLoop): number {
  return loop.arrays * arrayBytes(loop);
}

/** Loops in order, as many together as fit. */
function batches(loops: readonly UpdateLoop[]): UpdateLoop[][] {
  const found: { bytes: number; loops: UpdateLoop[] }[] = [];
  for (const loop of loops) {
    const last = found.at(-1);
    if (last !== undefined && last.bytes + bytesOf(loop) <= memoryBytes) {
      last.loops.push(loop);
      last.bytes += bytesOf(loop);
    } else found.push({ bytes: bytesOf(loop), loops: [loop] });
  }
  return found.map((batch) => batch.loops);
}
