// The vector instructions that kernels compute with here. They decide in which order sums are rounded: the same training
// ends elsewhere with AVX2 than with AVX-512.
import { readFileSync } from 'node:fs';

/** Widest first: the flag by which Linux knows it, and its name. */
const widths = [
  ['avx512f', 'AVX-512'],
  ['avx2', 'AVX2'],
] as const;

let known: string | undefined;

/** `x64 AVX-512`, `x64 AVX2`, `arm64`; of x64 the architecture alone where the system does not tell. */
export function instructionSet(): string {
  known ??= [process.arch, ...vectorsOf(process.platform === 'linux' ? cpuInfo() : '')].join(' ');
  return known;
}

/** Whether the processor has instructions for products of 8-bit integers, on which `precision: int8` is fast; false if unknown. */
export function multipliesIntegers(): boolean {
  const flags = flagsOf(process.platform === 'linux' ? cpuInfo() : '');
  return ['avx512_vnni', 'avx_vnni', 'asimddp'].some((flag) => flags.has(flag));
}

/** The widest vectors among the flags of the first processor, if any; exported for its test. */
export function vectorsOf(cpuInfo: string): string[] {
  const flags = flagsOf(cpuInfo);
  return widths.flatMap(([flag, name]) => (flags.has(flag) ? [name] : [])).slice(0, 1);
}

/** What Linux says that the first processor can do: `flags` of x64, `Features` of arm64. */
function flagsOf(cpuInfo: string): Set<string> {
  return new Set(/^(?:flags|Features)\s*:(.*)$/m.exec(cpuInfo)?.[1]?.split(/\s+/));
}

function cpuInfo(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return ''; // a container without /proc
  }
}
