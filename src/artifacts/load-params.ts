// Strict loading by name: a network gets exactly the parameters of its spec or none, and the difference is told.
import type { HostTensor, HostTensors } from '../engine/engine.ts';
import { UserError } from '../errors.ts';
import { emaName } from '../models/ema-name.ts';
import type { ParamSpec } from '../nn/params.ts';
import type { WeightsSource } from './weights.ts';

export interface LoadOptions {
  /** Start of the names in the file; tensors outside it belong to other networks. */
  readonly prefix?: string;
  /** Whether to take the averaged weights; `prefer` takes them if the file has them. */
  readonly ema?: 'prefer' | 'require' | 'never';
}

/** How the file's names and shapes differ from the spec's. */
export interface MappingReport {
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  readonly mismatched: readonly {
    readonly name: string;
    readonly expected: readonly number[];
    readonly found: readonly number[];
  }[];
  readonly usedEma: boolean;
}

/** Compares `source` with `specs` without reading a tensor. */
export function mapParams(
  source: WeightsSource,
  specs: readonly ParamSpec[],
  options: LoadOptions = {},
): { readonly names: ReadonlyMap<string, string>; readonly report: MappingReport } {
  const { ema = 'prefer' } = options;
  const prefix = options.prefix ?? '';
  const plain = new Map(specs.map(({ name }) => [name, prefix + name]));
  const averaged = new Map(specs.map(({ name }) => [name, emaName(prefix + name)]));
  const hasEma = specs.length > 0 && specs.every(({ name }) => source.entries.has(averaged.get(name)!));
  const usedEma = ema === 'require' || (ema === 'prefer' && hasEma);
  const names = usedEma ? averaged : plain;
  const wanted = new Set(plain.values());
  const mismatched = specs.flatMap(({ name, shape }) => {
    const found = source.entries.get(names.get(name)!)?.shape;
    return found === undefined || found.join() === shape.join() ? [] : [{ name, expected: shape, found }];
  });
  return {
    names,
    report: {
      missing: specs.map(({ name }) => names.get(name)!).filter((name) => !source.entries.has(name)),
      unexpected: [...source.entries.keys()].filter((name) => name.startsWith(prefix) && !wanted.has(name)),
      mismatched,
      usedEma,
    },
  };
}

/** Reads the parameters of `specs`. Throws UserError('input') naming what is missing, left over or misshapen. */
export async function loadParams(
  source: WeightsSource,
  specs: readonly ParamSpec[],
  options: LoadOptions = {},
): Promise<{ params: HostTensors; report: MappingReport }> {
  const { names, report } = mapParams(source, specs, options);
  const problems = [
    ...listed('missing', report.missing),
    // Without a prefix the whole file is one network's; with one, or beside averages, names are its own affair.
    ...listed(
      'not in the network',
      options.prefix === undefined || options.prefix === '' ? [] : report.unexpected,
    ),
    ...listed(
      'of another shape',
      report.mismatched.map(
        ({ name, expected, found }) => `${name} [${found.join()}] for [${expected.join()}]`,
      ),
    ),
  ];
  if (problems.length > 0)
    throw new UserError('input', `the weights do not fit the network: ${problems.join('; ')}`, {
      hint: 'the configuration and the file must be of the same network; check `prefix` and the sizes',
      where: { file: source.path },
    });
  const params: Record<string, HostTensor> = {};
  for (const { name, shape } of specs) {
    const { data } = await source.read(names.get(name)!);
    params[name] = {
      shape,
      dtype: 'float32',
      data: data instanceof Float32Array ? data : Float32Array.from(data),
    };
  }
  return { params, report };
}

const shown = 3;

function listed(what: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const rest = names.length > shown ? `, and ${names.length - shown} more` : '';
  return [`${names.length} ${what} (${names.slice(0, shown).join(', ')}${rest})`];
}
