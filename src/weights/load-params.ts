// Strict loading by name: a network gets exactly the parameters of its spec or none, and the difference is told.
import type { HostTensor, HostTensors } from '../engine/engine.ts';
import { UserError } from '../errors.ts';
import type { ParamSpec } from '../nn/params.ts';
import { listed, listedShapes, type ShapeMismatch } from './differences.ts';
import { emaName, emaPrefix } from './ema-name.ts';
import type { WeightsEntry, WeightsSource } from './weights.ts';

export interface LoadOptions {
  /** Start of the names in the file; tensors outside it belong to other networks. */
  readonly prefix?: string;
  /** Whether to take the averaged weights; `prefer` (the default) takes them if the file has all of them. */
  readonly ema?: 'prefer' | 'require' | 'never';
  /** False: what fits is loaded, and the report says what did not. */
  readonly strict?: boolean;
}

/** How the file's names and shapes differ from the spec's. */
export interface MappingReport {
  /** Names as the file should have them. */
  readonly missing: readonly string[];
  /** Names in the file that start with the prefix and are no parameters of the network. */
  readonly unexpected: readonly string[];
  readonly mismatched: readonly ShapeMismatch[];
  readonly usedEma: boolean;
}

/** Compares `source` with `specs` without reading a tensor; `names` are those in the file by parameter name. */
export function mapParams(
  source: WeightsSource,
  specs: readonly ParamSpec[],
  options: LoadOptions = {},
): { readonly names: ReadonlyMap<string, string>; readonly report: MappingReport } {
  const { ema = 'prefer', prefix = '' } = options;
  const plain = new Map(specs.map(({ name }) => [name, prefix + name]));
  const averaged = new Map(specs.map(({ name }) => [name, emaName(prefix + name)]));
  const hasEma = specs.length > 0 && [...averaged.values()].every((name) => source.entries.has(name));
  const usedEma = ema === 'require' || (ema === 'prefer' && hasEma);
  const names = usedEma ? averaged : plain;
  const wanted = new Set([...plain.values(), ...averaged.values()]);
  return {
    names,
    report: {
      missing: [...names.values()].filter((name) => !source.entries.has(name)),
      unexpected: [...source.entries]
        .filter(([name, entry]) => name.startsWith(prefix) && !wanted.has(name) && !isBuffer(entry))
        .map(([name]) => name),
      mismatched: specs.flatMap(({ name, shape }) => {
        const found = source.entries.get(names.get(name)!)?.shape;
        return found === undefined || sameShape(found, shape) ? [] : [{ name, expected: shape, found }];
      }),
      usedEma,
    },
  };
}

/**
 * Reads the parameters of `specs` as float32. Throws UserError('input') naming what is missing, misshapen or, within a
 * prefix, left over. Without a prefix the specs bear full names, and what else the file holds is not their affair.
 */
export async function loadParams(
  source: WeightsSource,
  specs: readonly ParamSpec[],
  options: LoadOptions = {},
): Promise<{ params: HostTensors; report: MappingReport }> {
  const { prefix = '', strict = true } = options;
  const { names, report } = mapParams(source, specs, options);
  if (strict) refuseDifferences(source, report, prefix);
  const unfit = new Set(report.mismatched.map(({ name }) => name));
  const params: [string, HostTensor][] = [];
  for (const { name, shape } of specs) {
    const inFile = names.get(name)!;
    if (unfit.has(name) || !source.entries.has(inFile)) continue;
    const { data } = await source.read(inFile);
    params.push([
      name,
      { shape, dtype: 'float32', data: data instanceof Float32Array ? data : new Float32Array(data) },
    ]);
  }
  return { params: Object.fromEntries(params), report };
}

function refuseDifferences(source: WeightsSource, report: MappingReport, prefix: string): void {
  const problems = [
    ...listed('missing', report.missing),
    ...listed('not in the network', prefix === '' ? [] : report.unexpected),
    ...listedShapes(report.mismatched),
  ];
  if (problems.length === 0) return;
  throw new UserError('input', `the weights do not fit the network: ${problems.join('; ')}`, {
    hint: hintFor(source, report),
    where: { file: source.path },
  });
}

function hintFor(source: WeightsSource, { missing, usedEma }: MappingReport): string {
  if (usedEma && missing.length > 0 && ![...source.entries.keys()].some((name) => name.startsWith(emaPrefix)))
    return 'the file holds no averaged weights: set `ema` to `prefer` or `never`';
  return 'the configuration and the file must be of the same network; check `prefix` and the sizes';
}

/** Whole numbers are counters and position ids, never parameters. */
function isBuffer({ dtype }: WeightsEntry): boolean {
  return !/^B?F/.test(dtype);
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}
