// Memory that could not be had, by whoever tells it: V8, WebAssembly, ONNX Runtime. And the setting that lowers the need.
import { StageError } from '../errors.ts';
import type { PlanNode } from '../plan/plan.ts';
import { catalog } from '../stages/catalog.ts';
import type { AnyDescription } from '../stages/describing/description.ts';
import { gibibytes, machineMemory } from './machine-memory.ts';

const phrases =
  /bad_alloc|failed to allocate memory|could not allocate memory|array buffer allocation failed|out of memory|cannot allocate memory/i;
/** `new Float32Array(n)` beyond what V8 can address. */
const tooLong = /^Invalid (?:typed array|array buffer) length(?:: \d{10,})?$/;

/** Whether an error, or what caused it, says that there was no memory. */
export function isOutOfMemory(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && error.code === 'ERR_MEMORY_ALLOCATION_FAILED') return true;
  if (phrases.test(error.message) || tooLong.test(error.message)) return true;
  return error.cause !== undefined && isOutOfMemory(error.cause);
}

/** The failure of `node` for want of memory. */
export function memoryError({ id, kind }: PlanNode, error: Error): StageError {
  const { batchSizeKey: key } = catalog[kind] as AnyDescription;
  const [first = ''] = error.message.split('\n');
  const reason = first.length > 160 ? `${first.slice(0, 157)}...` : first;
  return new StageError(id, `out of memory (${reason}); ${use()}`, {
    hint: `${key === undefined ? '' : `lower ${key}, `}close other programs, or use a machine with more memory`,
  });
}

/** What this process holds of what it may have. */
function use(): string {
  return `this process holds ${gibibytes(process.memoryUsage.rss())} of ${gibibytes(machineMemory())}`;
}
