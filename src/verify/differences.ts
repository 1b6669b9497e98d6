// How two experiments differ, by part: what was asked (configuration), with what (versions, engine), on what (data),
// which stages that changed, and what came out (numbers).
import { isDeepStrictEqual } from 'node:util';
import { nodeId } from '../plan/plan.ts';
import type { Metric } from '../results/manifest.ts';
import { cardDigest } from '../results/metric-card.ts';
import type { FoundResults } from '../runner/read-results.ts';
import { subjectsOf, type StageRef } from './subject.ts';

export interface Side {
  readonly label: string;
  readonly config: unknown;
  /** Versions, engine and data by name. */
  readonly facts: Readonly<Record<string, string>>;
  readonly stages: readonly StageRef[];
  /** `sd fid`, ... */
  readonly numbers: Readonly<Record<string, NumberFact>>;
}

export interface NumberFact {
  readonly value: number;
  /** Digest of the card, where it has one. */
  readonly card?: string;
}

export interface Difference {
  readonly part: 'config' | 'version' | 'data' | 'stage' | 'number';
  readonly what: string;
  /** For the reader; `–` where that side has none. */
  readonly left: string;
  readonly right: string;
  /** Of numbers that both sides have: right minus left; absent where they were taken in different ways. */
  readonly delta?: number;
  /** Whether their cards are the same; only of numbers that both sides have. */
  readonly comparable?: boolean;
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
): (readonly [string, NumberFact])[] {
  const { params, macs, steps, finalLoss, fid, metrics, spectrum } = model;
  const plain = (value: number | undefined): NumberFact | undefined =>
    value === undefined ? undefined : { value };
  const carded = (metric: Metric | undefined, value = metric?.value): NumberFact | undefined =>
    value === undefined ? undefined : { value, ...(metric && { card: cardDigest(metric.card) }) };
  const named: Readonly<Record<string, NumberFact | undefined>> = {
    params: plain(params),
    macs: plain(macs),
    steps: plain(steps),
    finalLoss: plain(finalLoss),
    fid: carded(fid),
    ...Object.fromEntries(Object.entries(metrics ?? {}).map(([what, metric]) => [what, carded(metric)])),
    // Taken of the same samples as the FID.
    lowError: carded(fid, spectrum?.lowError),
    highError: carded(fid, spectrum?.highError),
  };
  return Object.entries(named).flatMap(([what, fact]) =>
    fact === undefined ? [] : [[`${name} ${what}`, fact] as const],
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
    ...numberDifferences(a.numbers, b.numbers),
  ];
}

function numberDifferences(a: Side['numbers'], b: Side['numbers']): Difference[] {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return names.flatMap((what): Difference[] => {
    const [left, right] = [a[what], b[what]];
    if (isDeepStrictEqual(left?.value, right?.value)) return [];
    const texts = { left: shown(left?.value), right: shown(right?.value) };
    if (left === undefined || right === undefined) return [{ part: 'number', what, ...texts }];
    const comparable = left.card === right.card;
    const delta = right.value - left.value;
    return [{ part: 'number', what, ...texts, ...(comparable && { delta }), comparable }];
  });
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
