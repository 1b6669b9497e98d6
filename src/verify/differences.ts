// How two experiments differ, by part: what was asked (configuration), with what (versions, engine), on what (data),
// which stages that changed, and what came out (numbers).
import { isDeepStrictEqual } from 'node:util';
import { nodeId } from '../plan/plan.ts';
import type { FoundResults } from '../runner/read-results.ts';
import { subjectsOf, type StageRef } from './subject.ts';

export interface Side {
  readonly label: string;
  readonly config: unknown;
  /** Versions, engine and data by name. */
  readonly facts: Readonly<Record<string, string>>;
  readonly stages: readonly StageRef[];
  /** `sd fid`, ... */
  readonly numbers: Readonly<Record<string, number>>;
}

export interface Difference {
  readonly part: 'config' | 'version' | 'data' | 'stage' | 'number';
  readonly what: string;
  /** For the reader; `–` where that side has none. */
  readonly left: string;
  readonly right: string;
}

/** One side per experiment of the results, in order. */
export function sidesOf(found: FoundResults): Side[] {
  const { sdxVersion } = found.manifest;
  const engines = found.kind === 'sweep' ? found.manifest.engines : [found.manifest.engine];
  const datasets = found.kind === 'sweep' ? found.manifest.datasets : [found.manifest.dataset];
  const facts = {
    sdx: sdxVersion,
    ...Object.fromEntries(
      engines.flatMap((engine, i) =>
        Object.entries(engine).map(([name, value]) => [`engine${i === 0 ? '' : i + 1} ${name}`, value]),
      ),
    ),
    ...Object.fromEntries(
      datasets.flatMap(({ count, digest }, i) => [
        [`data${i === 0 ? '' : i + 1} digest`, digest],
        [`data${i === 0 ? '' : i + 1} images`, String(count)],
      ]),
    ),
  };
  return subjectsOf(found).map(({ label, config, stages, models }) => ({
    label,
    config,
    facts,
    stages,
    numbers: Object.fromEntries(models.flatMap((model) => numbersOf(model.name, model))),
  }));
}

function numbersOf(
  name: string,
  model: ReturnType<typeof subjectsOf>[number]['models'][number],
): (readonly [string, number])[] {
  const { params, macs, steps, finalLoss, fid, metrics, spectrum } = model;
  const named: Readonly<Record<string, number | undefined>> = {
    params,
    macs,
    steps,
    finalLoss,
    fid: fid?.value,
    ...Object.fromEntries(Object.entries(metrics ?? {}).map(([metric, { value }]) => [metric, value])),
    lowError: spectrum?.lowError,
    highError: spectrum?.highError,
  };
  return Object.entries(named).flatMap(([what, value]) =>
    value === undefined ? [] : [[`${name} ${what}`, value] as const],
  );
}

/** All differences; empty when both sides say the same. */
export function differencesOf(a: Side, b: Side): Difference[] {
  const keys = (side: Side) =>
    Object.fromEntries(side.stages.map((stage) => [nodeId(stage), stage.key.slice(0, 12)]));
  const facts = flat(a.facts, b.facts);
  return [
    ...flat(a.config, b.config).map((one): Difference => ({ part: 'config', ...one })),
    ...facts.map((one): Difference => ({ part: one.what.startsWith('data') ? 'data' : 'version', ...one })),
    // Against a side whose keys are unknown there is nothing to say.
    ...(a.stages.length === 0 || b.stages.length === 0 ? [] : flat(keys(a), keys(b))).map(
      (one): Difference => ({ part: 'stage', ...one }),
    ),
    ...flat(a.numbers, b.numbers).map((one): Difference => ({ part: 'number', ...one })),
  ];
}

type Values = Pick<Difference, 'what' | 'left' | 'right'>;

/** Leaves that differ, by dotted key. */
function flat(a: unknown, b: unknown, at = ''): Values[] {
  if (isDeepStrictEqual(a, b)) return [];
  if (isMapping(a) && isMapping(b))
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((name) =>
      flat(a[name], b[name], at === '' ? name : `${at}.${name}`),
    );
  return [{ what: at, left: shown(a), right: shown(b) }];
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  if (value === undefined) return '–';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= 48 ? text : `${text.slice(0, 45)}...`;
}
